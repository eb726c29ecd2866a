// Package config is the product's settings: one struct, read once from the environment, every fault reported together.
// docs/operating.md explains each to operators.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"go.uber.org/zap/zapcore"
)

// Config is every setting of the product. Commands use what they need of it. It holds secrets: never print it.
type Config struct {
	Secrets
	Limits
	License
	Mail
	Intel
	SignOn
	DatabaseURL    string        `env:"DATABASE_URL"`
	ListenAddr     string        `env:"LISTEN_ADDR" envDefault:":8080"`
	AppURL         string        `env:"APP_URL"`
	MigrationsDir  string        `env:"MIGRATIONS_DIR" envDefault:"/migrations"`
	FrontendDir    string        `env:"FRONTEND_DIR"`
	LogLevel       string        `env:"LOG_LEVEL" envDefault:"info"`
	DBMaxOpenConns int           `env:"DB_MAX_OPEN_CONNS" envDefault:"20"`
	DBMaxIdleConns int           `env:"DB_MAX_IDLE_CONNS" envDefault:"5"`
	DatabaseWait   time.Duration `env:"DATABASE_WAIT" envDefault:"30s"`
	SBOMMaxBytes   int64         `env:"SBOM_MAX_BYTES" envDefault:"134217728"`
	StopDelay      time.Duration `env:"STOP_DELAY" envDefault:"0s"` // how long to go on taking requests after the order to end
	MetricsAddr    string        `env:"METRICS_ADDR"`               // where Prometheus asks; empty: nowhere
	LambdaMigrate  bool          `env:"LAMBDA_MIGRATE"`             // a Lambda function brings the schema up to date
}

// The bounds beyond which a value is a slip rather than a wish.
const (
	minConns        = 5
	minPollInterval = time.Minute
	maxDatabaseWait = 10 * time.Minute
	maxSBOMBytes    = 2 << 30
	maxStopDelay    = 8 * time.Second
)

// Parse takes the settings from an environment as os.Environ gives it. Its error names every faulty variable, what was
// seen and what is wanted; it quotes no value that may hold a credential.
func Parse(environ []string) (Config, error) {
	vars := map[string]string{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		vars[name] = value
	}
	return parse(vars)
}

func parse(vars map[string]string) (Config, error) {
	var c Config
	// An empty variable means the default: templates write empty strings for what nobody filled in.
	set := map[string]string{}
	for name, value := range vars {
		if value = strings.TrimSpace(value); value != "" {
			set[name] = value
		}
	}
	var faults []error
	if err := env.ParseWithOptions(&c, env.Options{Environment: set}); err != nil {
		faults = append(faults, explain(err, set)...)
	}
	faults = append(faults, c.check(set)...)
	if len(faults) > 0 {
		return Config{}, fmt.Errorf("settings: %w", errors.Join(faults...))
	}
	return c, nil
}

// variables maps a field's name, which is what the parser reports, to its variable's, and says what is wanted.
var variables = map[string]struct{ name, wanted string }{
	"DBMaxOpenConns":         {"DB_MAX_OPEN_CONNS", "a whole number"},
	"DBMaxIdleConns":         {"DB_MAX_IDLE_CONNS", "a whole number"},
	"DatabaseWait":           {"DATABASE_WAIT", "a duration such as 30s"},
	"IntelPollInterval":      {"INTEL_POLL_INTERVAL", "a duration such as 12h or 90m"},
	"IntelReconcileInterval": {"INTEL_RECONCILE_INTERVAL", "a duration such as 24h"},
	"SBOMMaxBytes":           {"SBOM_MAX_BYTES", "a number of bytes"},
	"RateLimitRPS":           {"RATE_LIMIT_RPS", "a number of requests per second"},
	"RateLimitBurst":         {"RATE_LIMIT_BURST", "a whole number"},
	"SignInPerMinute":        {"SIGNIN_LIMIT_PER_MINUTE", "a whole number"},
	"UploadsAtOnce":          {"UPLOADS_AT_ONCE", "a whole number"},
	"TrustedProxies":         {"TRUSTED_PROXIES", "a whole number"},
	"SMTPPort":               {"SMTP_PORT", "a port of 1 to 65535"},
	"StopDelay":              {"STOP_DELAY", "a duration such as 3s"},
	"LambdaMigrate":          {"LAMBDA_MIGRATE", "true or false"},
}

func explain(err error, set map[string]string) []error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return []error{err}
	}
	var out []error
	for _, e := range all.Errors {
		var p env.ParseError
		v, known := variables[fieldOf(e, &p)]
		if !known {
			out = append(out, e)
			continue
		}
		out = append(out, fault(v.name, set[v.name], v.wanted))
	}
	return out
}

func fieldOf(err error, p *env.ParseError) string {
	if errors.As(err, p) {
		return p.Name
	}
	return ""
}

func fault(name, seen, wanted string) error {
	return fmt.Errorf("%s is %q, want %s", name, seen, wanted)
}

// check looks at single values first and then at those that depend on each other. A value that could not be parsed is
// reported already and left out here.
func (c *Config) check(set map[string]string) []error {
	var faults []error
	report := func(ok bool, name string, seen any, wanted string) {
		if !ok {
			faults = append(faults, fault(name, fmt.Sprint(seen), wanted))
		}
	}
	_, err := zapcore.ParseLevel(c.LogLevel)
	report(err == nil, "LOG_LEVEL", c.LogLevel, "debug, info, warn or error")
	if set["DB_MAX_OPEN_CONNS"] == strconv.Itoa(c.DBMaxOpenConns) {
		report(c.DBMaxOpenConns >= minConns, "DB_MAX_OPEN_CONNS", c.DBMaxOpenConns,
			fmt.Sprintf("at least %d: listening, jobs and requests each need some", minConns))
	}
	if set["DB_MAX_IDLE_CONNS"] == strconv.Itoa(c.DBMaxIdleConns) {
		report(c.DBMaxIdleConns >= 0, "DB_MAX_IDLE_CONNS", c.DBMaxIdleConns, "0 or more")
	}
	report(c.DBMaxIdleConns <= c.DBMaxOpenConns || c.DBMaxOpenConns < minConns, "DB_MAX_IDLE_CONNS", c.DBMaxIdleConns,
		fmt.Sprintf("no more than DB_MAX_OPEN_CONNS (%d)", c.DBMaxOpenConns))
	faults = append(faults, c.Intel.check(set)...)
	report(c.DatabaseWait >= 0 && c.DatabaseWait <= maxDatabaseWait, "DATABASE_WAIT", c.DatabaseWait, "0s to 10m")
	if set["SBOM_MAX_BYTES"] == strconv.FormatInt(c.SBOMMaxBytes, 10) {
		report(c.SBOMMaxBytes > 0 && c.SBOMMaxBytes <= maxSBOMBytes, "SBOM_MAX_BYTES", c.SBOMMaxBytes, "1 to 2147483648")
	}
	report(c.StopDelay >= 0 && c.StopDelay <= maxStopDelay, "STOP_DELAY", c.StopDelay, "0s to 8s: container platforms kill after 30 s")
	if c.MetricsAddr != "" {
		_, _, err := net.SplitHostPort(c.MetricsAddr)
		report(err == nil, "METRICS_ADDR", c.MetricsAddr, "host:port, such as 127.0.0.1:9090")
	}
	if c.AppURL != "" {
		u, err := url.Parse(c.AppURL)
		report(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "", "APP_URL", c.AppURL,
			"an address such as https://threatwerk.example.org")
	}
	faults = append(faults, c.Limits.check(set)...)
	faults = append(faults, c.License.check()...)
	faults = append(faults, c.SignOn.check()...)
	faults = append(faults, c.Mail.check(set, c.AWSRegion)...)
	return append(faults, c.checkListen()...)
}

func (c *Config) checkListen() []error {
	_, port, err := net.SplitHostPort(c.ListenAddr)
	if err != nil {
		return []error{fault("LISTEN_ADDR", c.ListenAddr, "host:port or :port")}
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return []error{fault("LISTEN_ADDR", c.ListenAddr, "a port of 0 to 65535")}
	}
	return nil
}
