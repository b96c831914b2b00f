//! Laws for every behaviour.
