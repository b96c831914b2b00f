//! Calm: how much the behaviours say about ordinary life, and how much about attacks.
