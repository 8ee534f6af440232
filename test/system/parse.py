"""Reads metrics with Prometheus' own library for Python, and writes their samples as JSON.

Argument: text or openmetrics.
"""
import json
import sys

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics

parse = {"text": parser, "openmetrics": openmetrics}[sys.argv[1]].text_string_to_metric_families
samples = [
    {
        "name": sample.name,
        "labels": sample.labels,
        # As text, since JSON has neither NaN nor infinity.
        "value": repr(sample.value),
        "exemplar": sample.exemplar and sample.exemplar.labels,
    }
    for family in parse(sys.stdin.read())
    for sample in family.samples
]
json.dump(samples, sys.stdout)
