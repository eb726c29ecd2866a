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
		ListenAddr: ":8080", MigrationsDir: "/migrations", LogLevel: "info", DBMaxOpenConns: 20, DBMaxIdleConns: 5,
		IntelPollInterval: 12 * time.Hour, SBOMMaxBytes: 128 << 20,
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

func TestTheSecretIsLongEnough(t *testing.T) {
	t.Parallel()
	if c, err := parse(map[string]string{"JWT_SECRET": strings.Repeat("x", 32)}); err != nil || len(c.JWTSecret) != 32 {
		t.Errorf("32 characters: %v", err)
	}
	_, err := parse(map[string]string{"JWT_SECRET": strings.Repeat("x", 31)})
	if err == nil || !strings.Contains(err.Error(), "JWT_SECRET must be at least 32 characters") || strings.Contains(err.Error(), "xxx") {
		t.Errorf("31 characters: %v", err)
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
		"more idle than open":     {"DB_MAX_OPEN_CONNS": "8", "DB_MAX_IDLE_CONNS": "9"},
		"fewer open than idle":    {"DB_MAX_OPEN_CONNS": "3"},
		"no time between polls":   {"INTEL_POLL_INTERVAL": "0"},
		"documents of no size":    {"SBOM_MAX_BYTES": "0"},
		"documents without bound": {"SBOM_MAX_BYTES": "9223372036854775807"},
		"no such port":            {"LISTEN_ADDR": ":70000"},
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
