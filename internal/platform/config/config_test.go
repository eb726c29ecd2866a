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
		SBOMMaxBytes: 128 << 20,
		SignOn:       SignOn{OIDCName: "single sign-on", OIDCScopes: []string{"openid", "profile", "email"}, OIDCGroupClaim: "groups"},
		Intel: Intel{IntelPollInterval: 12 * time.Hour, IntelPollMode: PollService, IntelFirstPoll: FirstAtOnce,
			IntelReconcileInterval: 24 * time.Hour, IntelFeeds: Feeds},
		DatabaseWait: 30 * time.Second,
		Limits:       Limits{RateLimitRPS: 10, RateLimitBurst: 60, SignInPerMinute: 10, UploadsAtOnce: 4},
		License:      License{LicenseMode: "aws_marketplace", LicenseEntitlement: "AWS::Marketplace::Usage"},
		Mail:         Mail{SMTPPort: 587, SMTPTLS: "starttls"},
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

func TestEveryFaultIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := parse(map[string]string{
		"LISTEN_ADDR": "8080", "LOG_LEVEL": "loud", "DB_MAX_OPEN_CONNS": "many", "DB_MAX_IDLE_CONNS": "-1",
		"INTEL_POLL_INTERVAL": "12", "SBOM_MAX_BYTES": "128MB", "APP_URL": "threatwerk.example.org", "RATE_LIMIT_RPS": "fast",
		"RATE_LIMIT_BURST": "0", "TRUSTED_PROXIES": "-1", "UPLOADS_AT_ONCE": "all", "LICENSE_MODE": "free", "NOTIFY_BACKEND": "pigeon",
		"SMTP_PORT": "0", "SMTP_TLS": "maybe",
	})
	if err == nil {
		t.Fatal("accepted")
	}
	lines := strings.Split(err.Error(), "\n")
	for _, want := range []string{
		`LISTEN_ADDR is "8080"`, `LOG_LEVEL is "loud"`, `DB_MAX_OPEN_CONNS is "many"`, `DB_MAX_IDLE_CONNS is "-1"`,
		`INTEL_POLL_INTERVAL is "12"`, `SBOM_MAX_BYTES is "128MB"`, `APP_URL is "threatwerk.example.org"`,
		`RATE_LIMIT_RPS is "fast"`, `RATE_LIMIT_BURST is "0"`, `TRUSTED_PROXIES is "-1"`, `UPLOADS_AT_ONCE is "all"`,
		`LICENSE_MODE is "free"`, `NOTIFY_BACKEND is "pigeon"`, `SMTP_PORT is "0"`, `SMTP_TLS is "maybe"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %s in:\n%v", want, err)
		}
	}
	if len(lines) != 15 {
		t.Errorf("%d lines for 15 faults:\n%v", len(lines), err)
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
		"no such port":              {"LISTEN_ADDR": ":70000"},
		"no rate":                   {"RATE_LIMIT_RPS": "0"},
		"mail without a sender":     {"NOTIFY_BACKEND": "ses", "SES_REGION": "eu-central-1"},
		"SES nowhere":               {"NOTIFY_BACKEND": "ses", "NOTIFY_FROM": "a@example.org"},
		"SMTP nowhere":              {"NOTIFY_BACKEND": "smtp", "NOTIFY_FROM": "a@example.org"},
		"a password in the clear":   {"NOTIFY_BACKEND": "smtp", "NOTIFY_FROM": "a@example.org", "SMTP_HOST": "mx.example.org", "SMTP_TLS": "none", "SMTP_PASSWORD": "hunter2"},
		"an unknown way of polling": {"INTEL_POLL_MODE": "cron"},
		"an end that never comes":   {"STOP_DELAY": "1m"},
		"metrics without a port":    {"METRICS_ADDR": "127.0.0.1"},
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

func TestProxiesAreTrustedWhereThereAreSome(t *testing.T) {
	t.Parallel()
	const ecs = "http://169.254.170.2/v4/abc"
	for _, c := range []struct {
		vars map[string]string
		want int
	}{
		{nil, 0},
		{map[string]string{"ECS_CONTAINER_METADATA_URI_V4": ecs}, 1},
		{map[string]string{"ECS_CONTAINER_METADATA_URI_V4": ecs, "TRUSTED_PROXIES": "0"}, 0},
		{map[string]string{"TRUSTED_PROXIES": "2"}, 2},
	} {
		got, err := parse(c.vars)
		if err != nil || got.TrustedProxies != c.want {
			t.Errorf("%v: %d proxies, %v", c.vars, got.TrustedProxies, err)
		}
	}
}

func TestLocal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		arn, appURL string
		want        bool
	}{
		{"", "", true},
		{"", "http://127.0.0.1:8080", true},
		{"", "http://localhost:8080", true},
		{"", "http://[::1]:8080", true},
		{"", "https://threatwerk.example.org", false},
		{"", "http://10.0.0.1", false},
		{"arn:aws:secretsmanager:x", "", false},
	} {
		got, err := parse(map[string]string{"SECRETS_MANAGER_ARN": c.arn, "APP_URL": c.appURL})
		if err != nil || got.Local() != c.want {
			t.Errorf("%+v: %t, %v", c, got.Local(), err)
		}
	}
}

func TestMailSettings(t *testing.T) {
	t.Parallel()
	got, err := parse(map[string]string{"NOTIFY_BACKEND": "ses", "NOTIFY_FROM": "ThreatWerk <a@example.org>", "AWS_REGION": "eu-central-1"})
	if err != nil || got.SESRegion != "eu-central-1" {
		t.Errorf("SES in %q, %v", got.SESRegion, err)
	}
	_, err = parse(map[string]string{"NOTIFY_BACKEND": "smtp", "NOTIFY_FROM": "a@example.org", "SMTP_HOST": "localhost", "SMTP_TLS": "none", "SMTP_PASSWORD": "hunter2"})
	if err != nil {
		t.Errorf("a password to this machine: %v", err)
	}
}
