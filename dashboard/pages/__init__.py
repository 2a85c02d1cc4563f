"""One page, one module: ids, layout, pure render, short async callbacks."""
