import cProfile, pstats, logging, time
import structlog
from tests.web.serving import client
from dunwell import logs
import io
async def test_x(app, acme, tokens):
    token = await tokens(acme)
    logs.configure(level="warning", stream=io.StringIO())
    async def one(path):
        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "headers": [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {token}".encode())],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {}, "extensions": {}}
        async def receive(): return {"type": "http.request", "body": b"", "more_body": False}
        out=[]
        async def send(m): out.append(m)
        await app(scope, receive, send)
        assert out[0]["status"]==200, out
    for path in ("/v1/me","/health/live","/v1/tokens"):
        for _ in range(50): await one(path)
        t=time.perf_counter()
        for _ in range(1000): await one(path)
        print(path, (time.perf_counter()-t)*1000, "us")
    p=cProfile.Profile(); p.enable()
    for _ in range(1000): await one("/v1/me")
    p.disable()
    pstats.Stats(p).sort_stats("tottime").print_stats(18)
