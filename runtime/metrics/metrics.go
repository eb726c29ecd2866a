// Package metrics is what Prometheus may ask for: requests and jobs by outcome and duration, what waits in the queues, and the
// use of the connection pool. It listens on a port of its own, which is not meant for the world.
package metrics

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"github.com/threatwerk/threatwerk/internal/platform/live"
)

// Metrics collects. The zero value is not usable; call New.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	jobs     *prometheus.HistogramVec
}

// New makes the metrics of one process. pool is asked when Prometheus asks.
func New(pool *pgxpool.Pool, version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "threatwerk_http_request_duration_seconds", Help: "Requests by route and status.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"method", "route", "status"}),
		jobs: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "threatwerk_job_duration_seconds", Help: "Attempts of background jobs by kind and outcome.",
			Buckets: []float64{.01, .05, .1, .5, 1, 5, 15, 60, 300, 900, 1800},
		}, []string{"kind", "outcome"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "threatwerk_build_info", Help: "Always 1; the version is its label.",
		ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.jobs, build, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &database{pool: pool})
	return m
}

// Request notes one answered request. route is the pattern that it matched; empty for none, so that paths which clients make up
// cannot fill the memory.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		method = "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

// Job notes one attempt of a job.
func (m *Metrics) Job(kind, outcome string, took time.Duration) {
	m.jobs.WithLabelValues(kind, outcome).Observe(took.Seconds())
}

// Live adds the figures of live connections, read when Prometheus asks.
func (m *Metrics) Live(stats func() live.Stats) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "threatwerk_live_clients", Help: "Live connections that are open."},
			func() float64 { return float64(stats().Clients) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "threatwerk_live_hints_total", Help: "Hints that live connections were told."},
			func() float64 { return float64(stats().Sent) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "threatwerk_live_listening", Help: "1 while hints of other processes arrive."},
			func() float64 {
				if stats().Listening {
					return 1
				}
				return 0
			}),
	)
}

// Serve answers GET /metrics on an address until ctx ends.
func (m *Metrics) Serve(ctx context.Context, address string, log *zap.Logger) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen for metrics (METRICS_ADDR): %w", err)
	}
	router := http.NewServeMux()
	router.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	server := &http.Server{Handler: router, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 15 * time.Second, MaxHeaderBytes: 16 << 10}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	log.Info("serving metrics", zap.Stringer("address", listener.Addr()))
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve metrics: %w", err)
	}
	return nil
}

// database asks the pool and the queues when it is asked.
type database struct{ pool *pgxpool.Pool }

var (
	connections = prometheus.NewDesc("threatwerk_db_connections", "Connections of this process's pool.", []string{"state"}, nil)
	maximum     = prometheus.NewDesc("threatwerk_db_connections_max", "The most that the pool opens.", nil, nil)
	waits       = prometheus.NewDesc("threatwerk_db_waits_total", "Times that somebody waited for a connection.", nil, nil)
	waited      = prometheus.NewDesc("threatwerk_db_wait_seconds_total", "Time spent waiting for connections.", nil, nil)
	queued      = prometheus.NewDesc("threatwerk_jobs", "Background jobs that are not finished, by queue and state; the same in every process.", []string{"queue", "state"}, nil)
	oldest      = prometheus.NewDesc("threatwerk_oldest_job_seconds", "How long the job that has waited longest could have run already.", []string{"queue"}, nil)
)

// queueTime bounds the question to the database: a scrape must not hang with it.
const queueTime = 3 * time.Second

// Describe implements prometheus.Collector.
func (d *database) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{connections, maximum, waits, waited, queued, oldest} {
		ch <- desc
	}
}

// Collect implements prometheus.Collector. A database that does not answer leaves the queues out.
func (d *database) Collect(ch chan<- prometheus.Metric) {
	s := d.pool.Stat()
	ch <- prometheus.MustNewConstMetric(connections, prometheus.GaugeValue, float64(s.AcquiredConns()), "in use")
	ch <- prometheus.MustNewConstMetric(connections, prometheus.GaugeValue, float64(s.IdleConns()), "idle")
	ch <- prometheus.MustNewConstMetric(maximum, prometheus.GaugeValue, float64(s.MaxConns()))
	ch <- prometheus.MustNewConstMetric(waits, prometheus.CounterValue, float64(s.EmptyAcquireCount()))
	ch <- prometheus.MustNewConstMetric(waited, prometheus.CounterValue, s.EmptyAcquireWaitTime().Seconds())
	ctx, cancel := context.WithTimeout(context.Background(), queueTime)
	defer cancel()
	rows, err := d.pool.Query(ctx, `
		select queue, state::text, count(*),
		       coalesce(extract(epoch from max(now() - scheduled_at) filter (where state = 'available')), 0)::float8
		from river_job
		where state in ('available', 'pending', 'running', 'retryable', 'scheduled')
		group by queue, state`)
	if err != nil {
		return
	}
	type line struct {
		queue, state string
		count        int64
		age          float64
	}
	lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (line, error) {
		var l line
		err := row.Scan(&l.queue, &l.state, &l.count, &l.age)
		return l, err
	})
	if err != nil {
		return
	}
	for _, l := range lines {
		ch <- prometheus.MustNewConstMetric(queued, prometheus.GaugeValue, float64(l.count), l.queue, l.state)
		if l.state == "available" {
			ch <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, max(l.age, 0), l.queue)
		}
	}
}
