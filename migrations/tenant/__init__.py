"""SQL files of the tenant stream."""
