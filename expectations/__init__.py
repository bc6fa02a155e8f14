"""Great Expectations, twice: staged partitions before they are put in place, the warehouse before it is published.

``expectations.landing.validate`` judges a load, ``expectations.marts.validate`` a build, ``expectations.docs``
renders what both found. Checks are data (``expectations.engine.Check``); Great Expectations is imported when
the first of them is judged, because its import costs seconds.
"""
