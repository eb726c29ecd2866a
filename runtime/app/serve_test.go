package app_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/testkit"
	"github.com/threatwerk/threatwerk/runtime/app"
)

// patience bounds every wait.
const patience = time.Minute

// server is the product, serving in this process.
type server struct {
	url     string
	metrics string
	end     context.CancelFunc
	ended   chan error
}

func serve(t *testing.T, database string, settings ...string) *server {
	t.Helper()
	listen, metrics := freePort(t), freePort(t)
	c, err := config.Parse(append([]string{"DATABASE_URL=" + database, "LISTEN_ADDR=" + listen, "METRICS_ADDR=" + metrics,
		"MIGRATIONS_DIR=" + filepath.Join(testkit.Root(), "migrations"), "LICENSE_MODE=jwt", "INTEL_POLL_MODE=scheduled-task", "RATE_LIMIT_RPS=10000", "RATE_LIMIT_BURST=100000",
		"UPLOADS_AT_ONCE=100"}, append(secrets(), settings...)...))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{url: "http://" + listen, metrics: "http://" + metrics, end: cancel, ended: make(chan error, 1)}
	go func() { s.ended <- app.Serve(ctx, c, zap.NewNop(), "1.2.3") }()
	t.Cleanup(cancel)
	eventually(t, "the server answers", func() bool { return get(s.url+"/health") == http.StatusOK })
	return s
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline, tick := time.After(patience), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			t.Fatalf("waited %s in vain until %s", patience, what)
		case <-tick.C:
		}
	}
}

// Operators size max_connections by tasks x DB_MAX_OPEN_CONNS + 10, so a task must never open one more, whatever for: requests,
// jobs, listening, the sign of life.
func TestATaskOpensNoMoreConnectionsThanItMay(t *testing.T) {
	database := testkit.DatabaseURL(t)
	const tasks, each = 4, 6
	servers := make([]*server, tasks)
	for i := range servers {
		servers[i] = serve(t, database, fmt.Sprintf("DB_MAX_OPEN_CONNS=%d", each))
	}
	p := newPipeline(t, database)
	watcher, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close(context.Background())
	load, loaded := errgroup.WithContext(t.Context())
	requests, stop := context.WithTimeout(loaded, 4*time.Second)
	defer stop()
	for _, s := range servers {
		for range 3 * each {
			load.Go(func() error {
				for requests.Err() == nil {
					if status := p.get(s.url + "/api/v1/findings"); status != http.StatusOK {
						return fmt.Errorf("a request for a connection that is busy is answered with %d", status)
					}
				}
				return nil
			})
		}
	}
	most := 0
	eventually(t, "the load ends", func() bool {
		var n int
		if err := watcher.QueryRow(t.Context(), `select count(*) from pg_stat_activity
			where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		most = max(most, n)
		return requests.Err() != nil
	})
	if err := load.Wait(); err != nil {
		t.Error(err)
	}
	if most > tasks*each {
		t.Errorf("%d tasks with %d connections each opened %d", tasks, each, most)
	}
	if most < tasks*each*2/3 {
		t.Errorf("only %d connections were seen: the load does not try the bound", most)
	}
}

func TestMetricsCountRequestsJobsAndConnections(t *testing.T) {
	database := testkit.DatabaseURL(t)
	s := serve(t, database)
	p := newPipeline(t, database)
	if p.get(s.url+"/api/v1/products") != http.StatusOK || p.get(s.url+"/api/v1/products/999") != http.StatusNotFound || p.get(s.url+"/made/up") != http.StatusNotFound {
		t.Fatal("the requests to count failed")
	}
	if status := p.post(s.url+"/api/v1/sboms?product=p&release=1",
		`{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{"type":"library","name":"a","version":"1","purl":"pkg:npm/a@1"}]}`); status != http.StatusAccepted {
		t.Fatalf("the upload is answered with %d", status)
	}
	var text string
	eventually(t, "the job is counted", func() bool {
		res, err := http.Get(s.metrics + "/metrics")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		text = string(b)
		return strings.Contains(text, `threatwerk_job_duration_seconds_count{kind="match_sbom",outcome="done"} 1`)
	})
	for _, want := range []string{
		`threatwerk_http_request_duration_seconds_count{method="GET",route="/api/v1/products",status="200"} 1`,
		`threatwerk_http_request_duration_seconds_count{method="GET",route="/api/v1/products/{product_id}",status="404"} 1`,
		`threatwerk_http_request_duration_seconds_count{method="GET",route="",status="404"} 1`,
		`threatwerk_build_info{version="1.2.3"} 1`, `threatwerk_db_connections_max 17`, `threatwerk_db_connections{state="idle"}`, "go_goroutines",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if strings.Contains(text, "made/up") {
		t.Error("a path that a client made up is a label")
	}
	if get(s.url+"/metrics") != http.StatusNotFound {
		t.Error("the metrics are on the port for people too")
	}
}

// A load balancer goes on sending for a moment after a task was told to end: that is served, and answered so that the next goes
// elsewhere; /health says at once that it ends.
func TestItGoesOnTakingRequestsForAMomentWhenToldToEnd(t *testing.T) {
	s := serve(t, testkit.DatabaseURL(t), "STOP_DELAY=2s")
	idle, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	s.end()
	began := time.Now()
	eventually(t, "health refuses", func() bool { return get(s.url+"/health") == http.StatusServiceUnavailable })
	for time.Since(began) < time.Second {
		if get(s.url+"/api/v1/findings") != http.StatusUnauthorized {
			t.Fatalf("refused after %s", time.Since(began))
		}
	}
	// A request on a connection that was open all the while is the one that a balancer is just sending.
	if _, err := fmt.Fprint(idle, "GET /api/v1/findings HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(idle), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized || !res.Close {
		t.Errorf("answered %d, and the connection stays: %t", res.StatusCode, !res.Close)
	}
	select {
	case err := <-s.ended:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(patience):
		t.Fatal("it does not end")
	}
	if get(s.url+"/health") != 0 || get(s.metrics+"/metrics") != 0 {
		t.Error("it still answers")
	}
}
