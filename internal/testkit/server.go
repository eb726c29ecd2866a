package testkit

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/modules/postgres"

	"github.com/threatwerk/threatwerk/localdev/embeddedpg"
)

var (
	serverOnce sync.Once
	found      *server
	foundErr   error
	foundNote  string
)

// theServer finds or starts the server once for this test process. Nothing stops it here: a local server ends with its
// last user's process, a container with the engine's own clean-up.
func theServer(t testing.TB) *server {
	t.Helper()
	serverOnce.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 6*time.Minute)
		defer cancel()
		found, foundErr = findServer(ctx)
	})
	if foundErr != nil {
		t.Fatalf("no PostgreSQL for tests: %v", foundErr)
	}
	if foundNote != "" {
		t.Log(foundNote)
	}
	return found
}

func findServer(ctx context.Context) (*server, error) {
	if address := os.Getenv("TEST_DATABASE_URL"); address != "" {
		return newServer(address), nil
	}
	if dockerAnswers(ctx) {
		s, err := startContainer(ctx)
		if err == nil {
			return s, nil
		}
		foundNote = fmt.Sprintf("Docker answers but started no PostgreSQL (%v); using a local one", err)
	}
	return startLocal(ctx)
}

func startLocal(ctx context.Context) (*server, error) {
	s, err := embeddedpg.Start(ctx, embeddedpg.Options{
		Root: filepath.Join(Root(), ".local", "postgres"), Name: "test", Unsafe: true,
		Notice: func(line string) { fmt.Fprintln(os.Stderr, line) },
	})
	if err != nil {
		return nil, err
	}
	server := newServer(s.URL("postgres"))
	server.handle = s
	return server, server.sweep(ctx)
}

// sweep drops what killed test processes left: clones without any connection, and templates of other migrations.
// A clone of a living test may be idle for a moment, so only those count that a day has passed over.
func (s *server) sweep(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, `
		select d.datname from pg_database d
		where (d.datname like @clones or d.datname like @templates)
		  and (pg_stat_file('base/' || d.oid || '/PG_VERSION')).modification < now() - interval '1 day'
		  and not exists (select from pg_stat_activity a where a.datname = d.datname)`,
		pgx.NamedArgs{"clones": clonePrefix + "%", "templates": templatePrefix + "%"})
	if err != nil {
		return err
	}
	stale, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range stale {
		if _, err := conn.Exec(ctx, "drop database if exists "+ident(name)); err != nil {
			return err
		}
	}
	return nil
}

// dockerAnswers asks the engine's ping endpoint, within half a second.
func dockerAnswers(ctx context.Context) bool {
	network, address := "unix", "/var/run/docker.sock"
	if host := os.Getenv("DOCKER_HOST"); host != "" {
		u, err := url.Parse(host)
		if err != nil {
			return false
		}
		network, address = u.Scheme, u.Host
		if u.Scheme == "unix" {
			address = u.Path
		}
	}
	client := http.Client{Timeout: 500 * time.Millisecond, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, address)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://docker/_ping", nil)
	if err != nil {
		return false
	}
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// startContainer shares one container among the test processes of one `go test`.
func startContainer(ctx context.Context) (*server, error) {
	c, err := postgres.Run(ctx, "postgres:16-alpine",
		postgres.WithDatabase("threatwerk"), postgres.WithUsername("threatwerk"), postgres.WithPassword("threatwerk"),
		postgres.BasicWaitStrategies(),
		testcontainers.WithReuseByName("threatwerk-tests-"+testcontainers.SessionID()[:12]),
		testcontainers.WithCmdArgs("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
			"-c", "max_connections=200"),
	)
	if err != nil {
		return nil, err
	}
	address, err := c.ConnectionString(ctx, "sslmode=disable")
	if err != nil {
		return nil, err
	}
	return newServer(address), nil
}

// Root is the repository's folder: the nearest one above the test's that holds go.mod.
func Root() string {
	dir, err := os.Getwd()
	if err != nil {
		return "."
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "."
		}
		dir = parent
	}
}

// SharedData is the path of test data that a public clone lacks (real SBOMs, advisory dumps): below TW_SHARED_DATA, or
// ../shared/data beside the repository. The test is skipped, with the reason, when it is not there.
func SharedData(t testing.TB, rel string) string {
	t.Helper()
	dir := os.Getenv("TW_SHARED_DATA")
	if dir == "" {
		dir = filepath.Join(Root(), "..", "shared", "data")
	}
	path := filepath.Join(dir, filepath.FromSlash(rel))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("test data absent in a public clone: %s (set TW_SHARED_DATA)", rel)
	}
	return path
}
