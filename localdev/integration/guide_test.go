//go:build integration

package integration

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/threatwerk/threatwerk/internal/testkit"
)

// The guide's verification and what it says of operation, on the images that it builds.
func TestTheGuidesVerification(t *testing.T) {
	s := newStack(t)
	began := time.Now()
	backend := s.backend(current(), nil)
	t.Logf("the backend serves %s after the order to start", time.Since(began).Round(100*time.Millisecond))
	var health struct{ Status, Version string }
	if err := (caller{base: "http://" + s.endpoint(backend, "8080/tcp")}).ask("GET", "/health", nil, 200, &health); err != nil || health.Status != "ok" || health.Version == "" {
		t.Fatalf("/health: %+v %v", health, err)
	}
	nobody := caller{base: s.page()}
	if err := nobody.ask("GET", "/health", nil, 200, &health); err != nil {
		t.Error(err)
	}
	person := register(t, nobody.base)
	for path, want := range map[string]int{"/": 200, "/findings/of/nowhere": 200, "/assets/none.js": 404, "/api/v1/products": 401} {
		if err := nobody.ask("GET", path, nil, want, nil); err != nil {
			t.Error(err)
		}
	}
	for path, want := range map[string]int{"/api/v1/products": 200, "/api/v1/none": 404} {
		if err := person.ask("GET", path, nil, want, nil); err != nil {
			t.Error(err)
		}
	}

	// A shell, the health check, the version.
	if got := s.inside(backend, "/bin/sh", "-c", "id -u && ls /migrations"); !strings.HasPrefix(got, "65532\n001_") {
		t.Errorf("a shell in the container says %q", got)
	}
	if got := s.inside(backend, "threatwerk", "health"); !strings.Contains(got, health.Version) {
		t.Errorf("threatwerk health says %q", got)
	}

	// Intel, a document, its findings.
	samples, err := filepath.Abs(filepath.Join(testkit.Root(), "localdev", "demo", "intel"))
	if err != nil {
		t.Fatal(err)
	}
	s.run(current(), "import",
		testcontainers.WithEnv(map[string]string{"DATABASE_URL": "postgres://threatwerk:pw@postgres:5432/threatwerk?sslmode=disable"}),
		testcontainers.WithCmd("import", "--osv", "/intel/osv", "--kev", "/intel/kev.json"),
		testcontainers.WithHostConfigModifier(func(h *container.HostConfig) { h.Binds = []string{samples + ":/intel:ro"} }),
		testcontainers.WithWaitStrategyAndDeadline(patience, wait.ForExit()))
	var accepted struct{ SBOM struct{ ID int64 } }
	if err := person.ask("POST", "/api/v1/sboms?product=Shop&release=1", sample(t), 202, &accepted); err != nil {
		t.Fatal(err)
	}
	s.eventually("the findings are there", func() bool {
		var found struct {
			Items []struct{ Vulnerability struct{ ID string } }
		}
		return person.ask("GET", "/api/v1/findings", nil, 200, &found) == nil && len(found.Items) > 10
	})

	// Mail can be delivered from where the backend is.
	mail := s.run("axllent/mailpit:latest", "mailpit", testcontainers.WithExposedPorts("8025/tcp"),
		testcontainers.WithWaitStrategyAndDeadline(patience, wait.ForHTTP("/api/v1/info").WithPort("8025/tcp")))
	s.inside(backend, "/bin/sh", "-c", "wget -q -O - http://mailpit:8025/api/v1/info")
	if err := (caller{base: "http://" + s.endpoint(mail, "8025/tcp")}).ask("GET", "/api/v1/messages", nil, 200, nil); err != nil {
		t.Error(err)
	}

	// The log is JSON lines, and knows no password.
	log := tail(backend)
	if !regexp.MustCompile(`(?m)^.*\{"level":"info","time":"[^"]+","msg":"serving","version":"[^"]+"`).MatchString(log) || strings.Contains(log, "pw@") {
		t.Errorf("the log: %s", log)
	}
	began = time.Now()
	grace := 30 * time.Second
	if err := backend.Stop(t.Context(), &grace); err != nil {
		t.Fatal(err)
	}
	state, err := backend.State(t.Context())
	if err != nil || state.ExitCode != 0 || time.Since(began) > grace {
		t.Errorf("told to end it ended with %+v after %s (%v)", state, time.Since(began), err)
	}
}

// The words of the guide's table of causes.
func TestTheGuidesLogLines(t *testing.T) {
	s := newStack(t)
	c := s.run(current(), "lost",
		testcontainers.WithEnv(map[string]string{"DATABASE_URL": "postgres://threatwerk:hunter2@postgres:5433/threatwerk?sslmode=disable"}),
		testcontainers.WithWaitStrategyAndDeadline(patience, wait.ForExit()))
	if log := tail(c); !strings.Contains(log, "database not reachable") || strings.Contains(log, "hunter2") {
		t.Errorf("without a database the log says: %s", log)
	}
}
