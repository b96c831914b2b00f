//! Tests that tell stories: a few events go in, the directory answers.

mod also_called;
mod answering;
mod bound;
mod delegated;
mod discovered;
mod elsewhere;
mod felt;
mod judged;
mod kept;
mod lasting;
mod lineage;
mod listed;
mod script;
mod units;
mod used;
