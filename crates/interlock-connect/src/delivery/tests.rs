//! Places in memory, asked for what stands there.
