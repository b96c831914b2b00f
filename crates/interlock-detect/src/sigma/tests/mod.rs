//! Tests of the rule set as a whole.

mod corpora;
mod correlation;
mod differential;
mod labelled;
mod load;
mod ordinary;
mod pack;
mod sample;
mod semantics;
