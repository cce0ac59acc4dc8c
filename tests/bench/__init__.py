"""Speed, as ratios: each figure stands beside a bare twin measured in the same run, on the same server.

`make bench` starts its own servers, makes its own data and prints tables. Absolute numbers belong to the
machine; the ratios are what later work starts from. Rounds of both sides alternate, and medians are shown.
"""
