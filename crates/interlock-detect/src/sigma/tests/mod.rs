//! Tests of the rule set as a whole.

mod corpora;
mod correlation;
mod load;
mod sample;
mod semantics;
