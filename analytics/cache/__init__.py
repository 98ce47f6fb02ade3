"""The disposable store of answers and inputs, safe to read and to lose.

``Cache(DiskBackend(folder), Codec({"bars": Bars, ...}))`` is all that the desk needs.
"""

from analytics.cache.backend import Backend, NoBackend
from analytics.cache.codec import Codec, CodecError
from analytics.cache.disk_backend import DiskBackend
from analytics.cache.entries import Cached, Fetched
from analytics.cache.one_fetch import Pace
from analytics.cache.redis_backend import RedisBackend
from analytics.cache.single_flight import Cache

__all__ = [
    "Backend",
    "Cache",
    "Cached",
    "Codec",
    "CodecError",
    "DiskBackend",
    "Fetched",
    "NoBackend",
    "Pace",
    "RedisBackend",
]
