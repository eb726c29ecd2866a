package product

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/localdev/feeds/simulator"
)

// feedsAre are the settings by which whoever starts the product says where intel comes from.
var feedsAre = []string{"INTEL_BASE_URL=", "INTEL_FEEDS=", "INTEL_POLL_MODE=", "INTEL_FIRST_POLL="}

// simulateFeeds stands in for the services, with the records of the samples: a checkout polls nobody on its own. Polls come
// an interval after the start, or when somebody asks for one. It gives the settings for the server.
func simulateFeeds(ctx context.Context, o Options) ([]string, error) {
	for _, setting := range feedsAre {
		if slices.ContainsFunc(o.Env, func(e string) bool { return strings.HasPrefix(e, setting) && e != setting }) {
			return nil, nil
		}
	}
	feeds, err := simulator.New(simulator.Config{Now: time.Now})
	if err != nil {
		return nil, err
	}
	ecosystems, err := feeds.Samples(filepath.Join(o.Root, "localdev", "demo", "intel"))
	if err != nil {
		return nil, fmt.Errorf("make the feeds' stand-ins: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the feeds' stand-ins: %w", err)
	}
	server := &http.Server{Handler: feeds, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return []string{
		"INTEL_BASE_URL=http://" + listener.Addr().String(), "INTEL_FEEDS=osv,kev", "INTEL_OSV_ECOSYSTEMS=" + strings.Join(ecosystems, ","),
		"INTEL_FIRST_POLL=after_interval",
	}, nil
}
