"""Computations of Holdline. Knows nothing of Dash or Plotly."""

import os

# Arrow reads it once, when pandas loads it. Its own allocator keeps pages by thread, apart from all
# others: after the close, when answers read kept chains, it held 25 MiB and more each minute, for
# 2 MiB in use at most. A choice of the user's own stands.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
