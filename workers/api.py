"""The API process with its doorbell, as `dunwell run api` serves it: `dunwell.app` itself knows no dispatcher."""

from litestar import Litestar

from dunwell.app import create_app
from dunwell.logs import configure
from dunwell.settings import read
from workers.connections import open_redis
from workers.doorbell import Doorbell
from workers.settings import LANES


def create_app_from_env() -> Litestar:
    """For the server. The bell gives up at once when Redis is slow: the sweep finds the work anyway."""
    settings = read()
    configure(level=settings.log_level, form=settings.log_format)
    bell = Doorbell(open_redis(settings.redis_url, queue=LANES["messages"].queue, hasty=True))
    app = create_app(settings, bell=bell)
    app.on_shutdown.append(bell.aclose)
    return app
