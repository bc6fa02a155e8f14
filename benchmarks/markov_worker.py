"""The peer's side of ``markov``, in the peer's own environment: reads an order per line, answers with seconds and conversions."""

from __future__ import annotations

import json
import os
import sys
import time


def main(file: str, tolerance: float) -> None:
    """Answer until standard input ends. The package prints, also when it is imported; that goes to standard error."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import pandas as pd
    from ChannelAttribution import markov_model  # type: ignore[import-not-found]

    with open(file) as given:
        data = pd.DataFrame(json.load(given))
    for line in sys.stdin:
        begun = time.process_time()
        result = markov_model(
            data, "path", "conversions", var_null="non_conversions", order=int(line), conv_par=tolerance, verbose=False, flg_pro=False
        )
        seconds = time.process_time() - begun
        conversions = dict(zip(result["channel_name"], result["total_conversions"], strict=True))
        print(json.dumps({"seconds": seconds, "conversions": conversions}), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
