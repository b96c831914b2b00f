//! The room from outside: golden tables of decisions, laws, and what the loaders say.

#[cfg(test)]
mod climbing;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod loading;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod starter;
#[cfg(test)]
mod wishes;
#[cfg(test)]
mod world;
