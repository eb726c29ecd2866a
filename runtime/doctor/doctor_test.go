package doctor

import (
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/testkit"
)

func find(t *testing.T, findings []Finding, what string) Finding {
	t.Helper()
	for _, f := range findings {
		if f.What == what {
			return f
		}
	}
	t.Fatalf("nothing about %s in %v", what, findings)
	return Finding{}
}

func TestAHealthyInstallation(t *testing.T) {
	t.Parallel()
	environ := []string{"DATABASE_URL=" + testkit.DatabaseURL(t), "MIGRATIONS_DIR=" + filepath.Join(testkit.Root(), "migrations"), "APP_URL=https://threatwerk.example.org"}
	findings := Look(t.Context(), Options{Environ: environ, Tasks: 2})
	if Worst(findings) != Fine {
		t.Errorf("%v", findings)
	}
	for what, words := range map[string]string{"database version": "PostgreSQL 16", "database connections": "2 tasks x 20 + 10 = 50", "schema": "at migration"} {
		if f := find(t, findings, what); !strings.Contains(f.Seen, words) {
			t.Errorf("%s: %s", what, f.Seen)
		}
	}
	f := find(t, Look(t.Context(), Options{Environ: environ, Tasks: 500}), "database connections")
	if f.State != Wrong || !strings.Contains(f.Seen, "500 tasks x 20 + 10 = 10010") || f.Remedy == "" {
		t.Errorf("too many tasks: %v", f)
	}
}

func TestEachFaultHasARemedy(t *testing.T) {
	t.Parallel()
	empty := testkit.EmptyDB(t).Config().ConnString()
	migrations := "MIGRATIONS_DIR=" + filepath.Join(testkit.Root(), "migrations")
	for _, c := range []struct {
		what    string
		environ []string
		state   State
		words   string
	}{
		{"settings", []string{"LOG_LEVEL=loud", "DB_MAX_OPEN_CONNS=2"}, Wrong, "DB_MAX_OPEN_CONNS is \"2\""},
		{"database", []string{"DATABASE_URL=postgres://u:hunter2@127.0.0.1:1/x"}, Wrong, "database not reachable"},
		{"database", nil, Wrong, "set DATABASE_URL"},
		{"APP_URL", nil, Unclear, "not set"},
		{"APP_URL", []string{"APP_URL=http://threatwerk.example.org"}, Wrong, "not https"},
		{"schema", []string{"DATABASE_URL=" + empty, migrations}, Unclear, "none yet"},
		{"schema", []string{"DATABASE_URL=" + empty, "MIGRATIONS_DIR=/nonexistent"}, Wrong, "/nonexistent"},
	} {
		f := find(t, Look(t.Context(), Options{Environ: c.environ, Tasks: 1}), c.what)
		if f.State != c.state || !strings.Contains(f.String(), c.words) || f.Remedy == "" || strings.Contains(f.String(), "hunter2") {
			t.Errorf("%s with %v: %v", c.what, c.environ, f)
		}
	}
}

func TestSitesThatCannotBeReached(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	findings := reach(t.Context(), []string{at, "nowhere.invalid:443"})
	for i, words := range []string{"NAT gateway", "DNS"} {
		if f := findings[i]; f.State != Unclear || !strings.Contains(f.Remedy, words) {
			t.Errorf("%v", f)
		}
	}
}
