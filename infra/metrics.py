"""Prometheus metrics: every metric that Undertone exposes.
https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

# A second series for each, which nothing here reads
disable_created_metrics()  # type: ignore[no-untyped-call]

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2500, 5000, 10_000)

# The worker: reviews.raw → reviews.scored.
RECORDS = Counter(
    "undertone_records_total",
    "Records of reviews.raw that were finished, by outcome (scored, rejected).",
    ["outcome"],
)
STAGE_SECONDS = Histogram(
    "undertone_stage_duration_seconds",
    "Time a stage took for one batch.",
    ["stage"],
    buckets=SECONDS,
)
DELIVERY_SECONDS = Histogram(
    "undertone_delivery_duration_seconds",
    "Time until a batch of outputs was confirmed.",
    buckets=SECONDS,
)
BATCH_RECORDS = Histogram("undertone_batch_records", "Records in a micro-batch.", buckets=ROWS)
QUEUE_SECONDS = Histogram(
    "undertone_queue_age_seconds",
    "Age of a batch's oldest record when its work began, since it reached the broker.",
    buckets=SECONDS,
)
END_TO_END_SECONDS = Histogram(
    "undertone_end_to_end_duration_seconds",
    "From reaching reviews.raw to being confirmed on reviews.scored.",
    buckets=SECONDS,
)
BATCHES_IN_FLIGHT = Gauge(
    "undertone_batches_in_flight", "Batches between the broker's read and the commit."
)
MASKED = Counter(
    "undertone_masked_entities_total", "Pieces of personal data masked, by type.", ["type"]
)
ASPECTS = Counter(
    "undertone_aspects_total", "Aspects found in scored reviews, by sentiment.", ["sentiment"]
)
REJECTION_RATIO = Gauge(
    "undertone_rejection_ratio", "Share of rejected records among the last ones."
)

# Models in traffic.
MODEL = Gauge(
    "undertone_model_info",
    "1 for each model that is live, by what it serves; role: emits or shadow.",
    ["name", "version", "language", "variant", "role"],
)
SWAPS = Counter(
    "undertone_model_swaps_total", "Changes of a language's traffic that took effect.", ["language"]
)
SWAPS_REFUSED = Counter(
    "undertone_model_swaps_refused_total",
    "Model events that were not followed, by reason.",
    ["reason"],
)
MISSING = Gauge(
    "undertone_model_variants_missing",
    "Variants of a language's traffic that this process cannot load.",
    ["language"],
)
MODEL_LOAD_SECONDS = Histogram(
    "undertone_model_load_duration_seconds",
    "Time to load, check and warm up one model beside the live ones.",
    buckets=SECONDS,
)
SWAP_PAUSE_SECONDS = Histogram(
    "undertone_model_swap_pause_seconds",
    (
        "Longest time between the ends of two slices, from the beginning of a load to the first "
        "slice by the new model."
    ),
    buckets=SECONDS,
)
VARIANT_REVIEWS = Counter(
    "undertone_variant_reviews_total",
    "Reviews scored, by variant, those of shadows included.",
    ["language", "variant", "version"],
)
RESULT_CACHE = Counter(
    "undertone_result_cache_total",
    "Reviews looked up among the scores that models remember: hit, miss.",
    ["result"],
)
CASCADE = Counter(
    "undertone_cascade_reviews_total",
    (
        "Reviews and sentences that a cascade judged, by who answered: fast, slow, or unavailable "
        "(the encoder is not loaded, or was to be asked and failed or was skipped)."
    ),
    ["answer"],
)
CASCADE_FAILURES = Counter(
    "undertone_cascade_encoder_failures_total",
    "Requests that the encoder of a cascade failed to answer, by error.",
    ["error"],
)
SHADOW_FAILURES = Counter(
    "undertone_shadow_failures_total",
    (
        "Reviews that a shadow or a challenger failed to score, by variant and error; the champion "
        "has the challenger's."
    ),
    ["variant", "error"],
)

# The sink: topics → ClickHouse, or another target.
SINK_ROWS = Counter("undertone_sink_rows_total", "Rows stored, by table.", ["table"])
RATINGS_OFF_SCALE = Counter(
    "undertone_ratings_off_scale_total",
    "Ratings stored that are off the scale of their source, by scale.",
    ["scale"],
)
SINK_BATCH_ROWS = Histogram(
    "undertone_sink_batch_rows", "Rows in one insert, by table.", ["table"], buckets=ROWS
)
SINK_INSERT_SECONDS = Histogram(
    "undertone_sink_insert_duration_seconds", "Time an insert took.", ["table"], buckets=SECONDS
)
SINK_FRESHNESS_SECONDS = Histogram(
    "undertone_sink_freshness_seconds",
    "From reaching a topic to being stored, oldest record of a batch.",
    buckets=SECONDS,
)

# The gateway.
GATEWAY_REQUESTS = Counter(
    "undertone_gateway_requests_total",
    "Requests, by method, path (as a template) and status; 499: the client went away.",
    ["method", "path", "status"],
)
GATEWAY_SECONDS = Histogram(
    "undertone_gateway_request_duration_seconds", "Time to answer.", ["path"], buckets=SECONDS
)
GATEWAY_REVIEWS = Counter(
    "undertone_gateway_reviews_total", "Reviews that were to be scored, by outcome.", ["outcome"]
)
GATEWAY_WAITING = Gauge("undertone_gateway_reviews_waiting", "Reviews that wait to be scored.")

# The loop: which reviews people are asked about.
LABELLING_REQUESTS = Counter(
    "undertone_labelling_requests_total",
    "Reviews whose label was asked for, by reason.",
    ["reason"],
)
LABELLING_WAITING = Gauge("undertone_labelling_waiting", "Reviews that wait for a label.")

# Both.
DEAD_LETTERS = Counter(
    "undertone_dead_letters_total", "Records sent to reviews.dead-letter, by reason.", ["reason"]
)
UNREADABLE = Counter(
    "undertone_unreadable_records_total",
    "Records of Undertone's own topics that were skipped.",
    ["topic"],
)
NOT_UNPACKED = Counter(
    "undertone_batches_not_unpacked_total",
    "Batches passed over: they are damaged, or expand to more than fits.",
    ["topic"],
)
RETRIES = Counter("undertone_retries_total", "Waits for something transient, by error.", ["error"])
LAG = Gauge(
    "undertone_consumer_lag_records",
    "Records not read yet, by topic and partition.",
    ["topic", "partition"],
)

# The loop.
RETRAININGS = Counter(
    "undertone_retrainings_total",
    "Requests for a better model that were answered, by outcome.",
    ["outcome"],
)
PROMOTION_STEPS = Counter(
    "undertone_promotion_steps_total",
    "Steps of challengers, by stage they came to.",
    ["stage"],
)
LOOP_PART_UP = Gauge(
    "undertone_loop_part_up", "1 while a part of the loop runs and has not failed lately.", ["part"]
)
LOOP_RESTARTS = Counter(
    "undertone_loop_part_restarts_total",
    "Parts of the loop that failed and were started again.",
    ["part"],
)
# Drift and data quality.
DRIFT_WINDOWS = Counter(
    "undertone_drift_windows_total", "Windows that drift detectors judged.", ["language"]
)
DRIFT_DETECTED = Counter(
    "undertone_drift_detected_total", "Drift that was told, by kind.", ["kind", "language"]
)
DRIFT_SECONDS = Histogram(
    "undertone_drift_window_duration_seconds",
    "Time to judge one window of one language.",
    buckets=SECONDS,
)
QUALITY_WINDOWS = Counter("undertone_quality_windows_total", "Windows whose data was checked.")
QUALITY_FAILING = Gauge(
    "undertone_quality_check_failing",
    "1 where the latest window failed the check, else 0.",
    ["check"],
)
# Alerts.
ALERT_ATTEMPTS = Counter(
    "undertone_alert_attempts_total",
    "Webhook messages sent, by target and outcome (delivered, retried, disabled, abandoned).",
    ["target", "outcome"],
)
ALERT_ATTEMPT_SECONDS = Histogram(
    "undertone_alert_attempt_duration_seconds", "Time a webhook took to answer.", buckets=SECONDS
)
ALERTS_PENDING = Gauge(
    "undertone_alerts_pending",
    "Webhook messages that wait, at most as many as are looked at.",
    ["target"],
)
RULES = Counter(
    "undertone_rule_evaluations_total",
    "Evaluations of alert rules, by rule and outcome (done, failed).",
    ["rule", "outcome"],
)
RULES_FIRING = Gauge("undertone_rule_firing", "Conditions of a rule that hold.", ["rule"])
