"""``journey explain``: one figure of the served warehouse, walked back to the rows that landed.

    find         what an id is
    customer, touchpoint, conversion, spend, day    the walks, one for each kind of figure
    rules, cost, credit, rates    the parts that walks share
    evidence     the served file, the builder's file beside it, the landing zone; all read-only
    landed       a record id -> the Parquet file and the row in it
    findings     what a walk gathers: sections of rows, and checks that hold or do not

Nothing here decides a figure. A walk reads what the models wrote, reads the landed rows that they read, works the figure
out again from these, and says whether both agree.
"""
