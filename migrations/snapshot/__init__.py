"""SQL files of the snapshot stream."""
