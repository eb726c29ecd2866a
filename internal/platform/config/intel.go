package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Intel is how the feeds are polled.
type Intel struct {
	IntelPollInterval time.Duration `env:"INTEL_POLL_INTERVAL" envDefault:"12h"`
	// PollService: this process polls; PollScheduled: something outside runs `threatwerk poll`.
	IntelPollMode          string        `env:"INTEL_POLL_MODE" envDefault:"service"`
	IntelFirstPoll         string        `env:"INTEL_FIRST_POLL" envDefault:"at_once"`
	IntelReconcileInterval time.Duration `env:"INTEL_RECONCILE_INTERVAL" envDefault:"24h"`
	IntelFeeds             []string      `env:"INTEL_FEEDS" envDefault:"nvd,ghsa,osv,kev,epss,cve,otx"`
	IntelOSVEcosystems     []string      `env:"INTEL_OSV_ECOSYSTEMS"`
	// IntelBaseURL puts every service below one address, each under its feed's name: a mirror, or the simulators.
	IntelBaseURL    string `env:"INTEL_BASE_URL"`
	BundlePublicKey string `env:"BUNDLE_PUBLIC_KEY"`
}

// The values of INTEL_POLL_MODE and INTEL_FIRST_POLL.
const (
	PollService        = "service"
	PollScheduled      = "scheduled-task"
	FirstAtOnce        = "at_once"
	FirstAfterInterval = "after_interval"
)

// Feeds are the names that INTEL_FEEDS may hold.
var Feeds = []string{"nvd", "ghsa", "osv", "kev", "epss", "cve", "otx"}

// Keys are the API keys of the environment or the secret, by feed.
func (c *Secrets) Keys() map[string]string {
	return map[string]string{"nvd": c.NVDAPIKey, "ghsa": c.GHSAToken, "otx": c.OTXAPIKey}
}

func (c *Intel) check(set map[string]string) []error {
	var faults []error
	report := func(ok bool, name, seen, wanted string) {
		if !ok {
			faults = append(faults, fault(name, seen, wanted))
		}
	}
	if c.IntelPollInterval != 0 || set["INTEL_POLL_INTERVAL"] == "0" {
		report(c.IntelPollInterval >= minPollInterval, "INTEL_POLL_INTERVAL", c.IntelPollInterval.String(), "at least 1m")
	}
	if c.IntelReconcileInterval != 0 || set["INTEL_RECONCILE_INTERVAL"] == "0" {
		report(c.IntelReconcileInterval >= minPollInterval, "INTEL_RECONCILE_INTERVAL", c.IntelReconcileInterval.String(), "at least 1m")
	}
	report(c.IntelPollMode == PollService || c.IntelPollMode == PollScheduled, "INTEL_POLL_MODE", c.IntelPollMode,
		PollService+" or "+PollScheduled)
	report(c.IntelFirstPoll == FirstAtOnce || c.IntelFirstPoll == FirstAfterInterval, "INTEL_FIRST_POLL", c.IntelFirstPoll,
		FirstAtOnce+" or "+FirstAfterInterval)
	for i, name := range c.IntelFeeds {
		c.IntelFeeds[i] = strings.TrimSpace(name)
		report(slices.Contains(Feeds, c.IntelFeeds[i]), "INTEL_FEEDS", name, fmt.Sprintf("names among %s, with commas", strings.Join(Feeds, ",")))
	}
	for i, name := range c.IntelOSVEcosystems {
		c.IntelOSVEcosystems[i] = strings.TrimSpace(name)
	}
	if c.IntelBaseURL != "" {
		u, err := url.Parse(c.IntelBaseURL)
		report(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil, "INTEL_BASE_URL",
			"something else", "an address such as http://mirror.example.org without a password")
	}
	return faults
}
