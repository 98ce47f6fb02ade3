"""Work beside requests: the level watcher, long scans, alerts, logs."""
