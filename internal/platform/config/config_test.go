package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	want := Config{
		ListenAddr: "127.0.0.1:8080", MigrationsDir: "/migrations", LogLevel: "info", DBMaxOpenConns: 20, DBMaxIdleConns: 5,
		IntelPollInterval: 12 * time.Hour, IntelPollMode: "service", SBOMMaxBytes: 128 << 20,
	}
	for name, vars := range map[string]map[string]string{
		"nothing set":   {},
		"set but empty": {"LOG_LEVEL": "", "DB_MAX_OPEN_CONNS": " ", "SBOM_MAX_BYTES": "", "LISTEN_ADDR": ""},
	} {
		got, err := parse(vars)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestListensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	cases := []struct{ addr, want, replaced string }{
		{":9000", "127.0.0.1:9000", ""},
		{"0.0.0.0:9000", "127.0.0.1:9000", "0.0.0.0:9000"},
		{"[::]:9000", "127.0.0.1:9000", "[::]:9000"},
		{"10.1.2.3:9000", "127.0.0.1:9000", "10.1.2.3:9000"},
		{"example.org:9000", "127.0.0.1:9000", "example.org:9000"},
		{"localhost:0", "localhost:0", ""},
		{"[::1]:9000", "[::1]:9000", ""},
		{"127.0.0.5:9000", "127.0.0.5:9000", ""},
	}
	for _, c := range cases {
		got, err := parse(map[string]string{"LISTEN_ADDR": c.addr})
		if err != nil {
			t.Errorf("%s: %v", c.addr, err)
			continue
		}
		if got.ListenAddr != c.want || got.ListenAddrReplaced != c.replaced {
			t.Errorf("%s: listens on %q (replaced %q), want %q (%q)", c.addr, got.ListenAddr, got.ListenAddrReplaced, c.want, c.replaced)
		}
	}
}

func TestAContainersNetworkIsOpenedOnRequestOnly(t *testing.T) {
	t.Parallel()
	got, err := parse(map[string]string{"LISTEN_ADDR": ":9000", "ALLOW_UNAUTHENTICATED_NETWORK": "true"})
	if err != nil || got.ListenAddr != ":9000" {
		t.Errorf("listens on %q (%v)", got.ListenAddr, err)
	}
	if _, err := parse(map[string]string{"ALLOW_UNAUTHENTICATED_NETWORK": "perhaps"}); err == nil || !strings.Contains(err.Error(), "want true or false") {
		t.Errorf("a slip is answered with %v", err)
	}
}

func TestEveryFaultIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := parse(map[string]string{
		"LISTEN_ADDR": "8080", "LOG_LEVEL": "loud", "DB_MAX_OPEN_CONNS": "many", "DB_MAX_IDLE_CONNS": "-1",
		"INTEL_POLL_INTERVAL": "12", "SBOM_MAX_BYTES": "128MB", "APP_URL": "threatwerk.example.org",
	})
	if err == nil {
		t.Fatal("accepted")
	}
	lines := strings.Split(err.Error(), "\n")
	for _, want := range []string{
		`LISTEN_ADDR is "8080"`, `LOG_LEVEL is "loud"`, `DB_MAX_OPEN_CONNS is "many"`, `DB_MAX_IDLE_CONNS is "-1"`,
		`INTEL_POLL_INTERVAL is "12"`, `SBOM_MAX_BYTES is "128MB"`, `APP_URL is "threatwerk.example.org"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %s in:\n%v", want, err)
		}
	}
	if len(lines) != 7 {
		t.Errorf("%d lines for 7 faults:\n%v", len(lines), err)
	}
}

func TestValuesThatDependOnEachOther(t *testing.T) {
	t.Parallel()
	for name, vars := range map[string]map[string]string{
		"more idle than open":       {"DB_MAX_OPEN_CONNS": "8", "DB_MAX_IDLE_CONNS": "9"},
		"fewer open than idle":      {"DB_MAX_OPEN_CONNS": "3"},
		"no time between polls":     {"INTEL_POLL_INTERVAL": "0"},
		"documents of no size":      {"SBOM_MAX_BYTES": "0"},
		"documents without bound":   {"SBOM_MAX_BYTES": "9223372036854775807"},
		"an unknown way of polling": {"INTEL_POLL_MODE": "cron"},
		"an end that never comes":   {"STOP_DELAY": "1m"},
		"metrics without a port":    {"METRICS_ADDR": "127.0.0.1"},
		"no such port":              {"LISTEN_ADDR": ":70000"},
	} {
		if c, err := parse(vars); err == nil {
			t.Errorf("%s: accepted as %+v", name, c)
		}
	}
}

func TestACredentialIsNotQuoted(t *testing.T) {
	t.Parallel()
	_, err := parse(map[string]string{"DATABASE_URL": "postgres://u:hunter2@h:nonsense/x", "LOG_LEVEL": "loud"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the password is in %v", err)
	}
}
