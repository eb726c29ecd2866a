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

// Config is every setting of the product. Commands use what they need of it.
type Config struct {
	DatabaseURL       string        `env:"DATABASE_URL"`
	ListenAddr        string        `env:"LISTEN_ADDR" envDefault:":8080"`
	AppURL            string        `env:"APP_URL"`
	MigrationsDir     string        `env:"MIGRATIONS_DIR" envDefault:"/migrations"`
	FrontendDir       string        `env:"FRONTEND_DIR"`
	LogLevel          string        `env:"LOG_LEVEL" envDefault:"info"`
	DBMaxOpenConns    int           `env:"DB_MAX_OPEN_CONNS" envDefault:"20"`
	DBMaxIdleConns    int           `env:"DB_MAX_IDLE_CONNS" envDefault:"5"`
	IntelPollInterval time.Duration `env:"INTEL_POLL_INTERVAL" envDefault:"12h"`
	SBOMMaxBytes      int64         `env:"SBOM_MAX_BYTES" envDefault:"134217728"`
	JWTSecret         string        `env:"JWT_SECRET"`
}

// The bounds beyond which a value is a slip rather than a wish.
const (
	minConns        = 5
	minPollInterval = time.Minute
	maxSBOMBytes    = 2 << 30
	minSecret       = 32
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
	"DBMaxOpenConns":    {"DB_MAX_OPEN_CONNS", "a whole number"},
	"DBMaxIdleConns":    {"DB_MAX_IDLE_CONNS", "a whole number"},
	"IntelPollInterval": {"INTEL_POLL_INTERVAL", "a duration such as 12h or 90m"},
	"SBOMMaxBytes":      {"SBOM_MAX_BYTES", "a number of bytes"},
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
	if c.IntelPollInterval != 0 || set["INTEL_POLL_INTERVAL"] == "0" {
		report(c.IntelPollInterval >= minPollInterval, "INTEL_POLL_INTERVAL", c.IntelPollInterval, "at least 1m")
	}
	if set["SBOM_MAX_BYTES"] == strconv.FormatInt(c.SBOMMaxBytes, 10) {
		report(c.SBOMMaxBytes > 0 && c.SBOMMaxBytes <= maxSBOMBytes, "SBOM_MAX_BYTES", c.SBOMMaxBytes, "1 to 2147483648")
	}
	if c.AppURL != "" {
		u, err := url.Parse(c.AppURL)
		report(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "", "APP_URL", c.AppURL,
			"an address such as https://threatwerk.example.org")
	}
	if c.JWTSecret != "" && len(c.JWTSecret) < minSecret {
		faults = append(faults, errors.New("JWT_SECRET must be at least 32 characters"))
	}
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
