"""SQL files of the control stream."""
