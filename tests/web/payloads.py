"""Script injection payloads, for every field that a page shows."""

PAYLOADS = (
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 2'>",
    '"><svg onload="window.hacked = 3">',
    "'><iframe srcdoc='<script>parent.hacked = 4</script>'></iframe>",
    "</textarea><script>window.hacked = 5</script>",
    "</title><script>window.hacked = 6</script>",
    '<a href="javascript:window.hacked = 7" autofocus onfocus="window.hacked = 7">x</a>',
    "</mark></div><script>window.hacked = 8</script>",
    "<math><mtext><style><img src=x onerror='window.hacked = 9'></style></mtext></math>",
    "{{ 7|add:'7' }} {% debug %} ${7*7} %(x)s {0.__class__}",
    "<!--<img src='--><img src=x onerror=window.hacked=10>-->",
    "\u202e<script>window.hacked = 11</script>\u2066",
)
