//! Tests of the rule set as a whole.

mod corpora;
mod correlation;
mod differential;
mod differential_correlation;
mod forms;
mod index;
mod labelled;
mod load;
mod native;
mod ordinary;
mod pack;
mod pipelines;
mod sample;
mod semantics;
