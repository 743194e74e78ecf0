"""The API at /api/v1/: one place that puts the rooms' routers together and says errors the same way everywhere."""

from ninja import NinjaAPI

api = NinjaAPI(title="CHITEC", version="1.0.0", urls_namespace="api", docs_url=None)
