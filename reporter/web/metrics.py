"""`/metrics` for Prometheus: numbers only, behind a bearer token, with the extra `metrics`."""

import hmac

from flask import Blueprint, Flask, abort, current_app, request
from flask.typing import ResponseReturnValue

from reporter import clock
from reporter.clinic import clinics, gauges
from reporter.settings import SettingsError

blueprint = Blueprint("metrics", __name__)


def add_to(app: Flask, token: str) -> None:
    """Serve the numbers where a token is set. Raise SettingsError without the extra."""
    if not token:
        return
    try:
        import prometheus_client  # noqa: F401 - asked for at the start, not at the first scrape
    except ImportError:
        raise SettingsError(
            "REPORTER_METRICS_TOKEN is set, but the extra is not installed: "
            "pip install 'reporter[metrics]'."
        ) from None
    app.register_blueprint(blueprint)


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Text in Prometheus' own form, measured now. Whoever has no token learns nothing."""
    here = current_app.extensions["reporter"]
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {here.settings.metrics_token}".encode()):
        abort(404)
    from prometheus_client import CollectorRegistry, Gauge, generate_latest
    from prometheus_client.exposition import CONTENT_TYPE_LATEST

    registry, made = CollectorRegistry(), {}
    for clinic in clinics.all_clinics(here.db):
        for one in gauges.gauges(here.db, clinic, clock.now()):
            names = ["clinic", *(name for name, _ in one.labels)]
            if one.name not in made:
                made[one.name] = Gauge(f"reporter_{one.name}", one.help, names, registry=registry)
            made[one.name].labels(clinic.id, *(value for _, value in one.labels)).set(one.value)
    return generate_latest(registry), 200, {"Content-Type": CONTENT_TYPE_LATEST}
