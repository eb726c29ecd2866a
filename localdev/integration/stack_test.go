//go:build integration

package integration

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/moby/moby/api/types/container"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/exec"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/threatwerk/threatwerk/internal/testkit"
)

// patience bounds every wait for a container or a job.
const patience = 3 * time.Minute

// stack is a network with a database, on which backends and a page are started.
type stack struct {
	t        *testing.T
	network  *testcontainers.DockerNetwork
	database string // for this process
}

func image(name, def string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return def
}

func newStack(t *testing.T) *stack {
	t.Helper()
	nw, err := network.New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	testcontainers.CleanupNetwork(t, nw)
	s := &stack{t: t, network: nw}
	pg := s.run("postgres:16-alpine", "postgres",
		testcontainers.WithEnv(map[string]string{"POSTGRES_USER": "threatwerk", "POSTGRES_PASSWORD": "pw", "POSTGRES_DB": "threatwerk"}),
		testcontainers.WithExposedPorts("5432/tcp"),
		testcontainers.WithWaitStrategyAndDeadline(patience, wait.ForLog("ready to accept connections").WithOccurrence(2), wait.ForListeningPort("5432/tcp")))
	s.database = "postgres://threatwerk:pw@" + s.endpoint(pg, "5432/tcp") + "/threatwerk?sslmode=disable"
	return s
}

func (s *stack) run(name, alias string, options ...testcontainers.ContainerCustomizer) *testcontainers.DockerContainer {
	s.t.Helper()
	c, err := testcontainers.Run(context.WithoutCancel(s.t.Context()), name, append(options, network.WithNetwork([]string{alias}, s.network))...)
	testcontainers.CleanupContainer(s.t, c)
	if err != nil {
		s.t.Fatalf("start %s: %v", name, err)
	}
	s.t.Cleanup(func() {
		if s.t.Failed() {
			s.t.Logf("log of %s (%s):\n%s", name, alias, tail(c))
		}
	})
	return c
}

// tail is the end of a container's log.
func tail(c *testcontainers.DockerContainer) string {
	logs, err := c.Logs(context.Background())
	if err != nil {
		return err.Error()
	}
	defer logs.Close()
	b, err := io.ReadAll(logs)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-4000):])
}

func (s *stack) endpoint(c *testcontainers.DockerContainer, port string) string {
	s.t.Helper()
	at, err := c.PortEndpoint(context.WithoutCancel(s.t.Context()), port, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return at
}

// hardened is how the guide's task runs: small, as nobody, on a read-only filesystem, without any capability.
func hardened(h *container.HostConfig) {
	h.ReadonlyRootfs = true
	h.CapDrop = []string{"ALL"}
	h.Memory, h.NanoCPUs = 1<<30, 500_000_000
}

// The images under test; a previous one, where it is named, is what a rolling upgrade comes from.
func current() string { return image("BACKEND_IMAGE", "threatwerk-backend:local") }

func previous() string { return image("PREVIOUS_BACKEND_IMAGE", current()) }

// backend starts one, and returns when it serves.
func (s *stack) backend(name string, settings map[string]string) *testcontainers.DockerContainer {
	s.t.Helper()
	env := map[string]string{
		// Here everything shares one machine's processors, and a connection may take longer than one to RDS ever does.
		"DATABASE_URL": "postgres://threatwerk:pw@postgres:5432/threatwerk?sslmode=disable&connect_timeout=25", "LISTEN_ADDR": ":8080", "APP_URL": "http://localhost",
		"JWT_SECRET": strings.Repeat("j", 32), "ENCRYPTION_KEY": strings.Repeat("e", 32),
		"DATABASE_WAIT": "2m", "LICENSE_MODE": "jwt", "RATE_LIMIT_RPS": "1000", "RATE_LIMIT_BURST": "5000", "TRUSTED_PROXIES": "1",
		"INTEL_POLL_MODE": "scheduled-task", // there is no way out
	}
	for k, v := range settings {
		env[k] = v
	}
	return s.run(name, "backends", testcontainers.WithEnv(env),
		testcontainers.WithExposedPorts("8080/tcp"), testcontainers.WithHostConfigModifier(hardened),
		testcontainers.WithConfigModifier(func(c *container.Config) { c.User = "65532" }),
		testcontainers.WithWaitStrategyAndDeadline(patience, wait.ForHTTP("/health").WithPort("8080/tcp").WithPollInterval(200*time.Millisecond)))
}

// page starts nginx in front of all backends, and gives its address.
func (s *stack) page() string {
	s.t.Helper()
	conf, err := filepath.Abs(filepath.Join(testkit.Root(), "localdev", "compose", "backend.conf"))
	if err != nil {
		s.t.Fatal(err)
	}
	c := s.run(image("FRONTEND_IMAGE", "threatwerk-frontend:local"), "frontend", testcontainers.WithExposedPorts("8080/tcp"),
		testcontainers.WithConfigModifier(func(c *container.Config) { c.User = "65532" }),
		testcontainers.WithHostConfigModifier(func(h *container.HostConfig) {
			hardened(h)
			h.Binds = []string{conf + ":/etc/nginx/places/backend.conf:ro"}
		}),
		testcontainers.WithWaitStrategyAndDeadline(patience, wait.ForHTTP("/").WithPort("8080/tcp")))
	return "http://" + s.endpoint(c, "8080/tcp")
}

// inside runs a command in a container, as execute-command does.
func (s *stack) inside(c *testcontainers.DockerContainer, command ...string) string {
	s.t.Helper()
	code, out, err := c.Exec(s.t.Context(), command, exec.Multiplexed())
	if err != nil {
		s.t.Fatal(err)
	}
	b, err := io.ReadAll(out)
	if err != nil || code != 0 {
		s.t.Fatalf("%v ended with %d (%v): %s", command, code, err, b)
	}
	return string(b)
}

func (s *stack) connect() *pgx.Conn {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.database)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// eventually asks again and again until it is so.
func (s *stack) eventually(what string, done func() bool) {
	s.t.Helper()
	deadline, tick := time.After(patience), time.NewTicker(100*time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline:
			s.t.Fatalf("waited %s in vain until %s", patience, what)
		case <-tick.C:
		}
	}
}

func count(t *testing.T, conn *pgx.Conn, sql string) int {
	t.Helper()
	var n int
	if err := conn.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func sample(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testkit.Root(), "localdev", "demo", "sboms", "orders-service-2.4.0.cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
