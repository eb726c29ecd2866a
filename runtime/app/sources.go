package app

import (
	"strings"

	"github.com/threatwerk/threatwerk/internal/intel/poll"
	"github.com/threatwerk/threatwerk/internal/platform/config"
)

// allSources are the feeds that there are, in the order that people see them.
func allSources(c config.Config, version string) poll.Sources {
	return nil
}

// at is where a service is: below the base address where one is set, else at its own (empty).
func at(c config.Config, feed string) string {
	if c.IntelBaseURL == "" {
		return ""
	}
	return strings.TrimRight(c.IntelBaseURL, "/") + "/" + feed
}
