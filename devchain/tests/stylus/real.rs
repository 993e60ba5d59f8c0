//! Programs made with the Stylus SDK: the workspace's own.
