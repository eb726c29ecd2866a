package product

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
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
	ecosystems, err := fill(feeds, filepath.Join(o.Root, "localdev", "demo", "intel"))
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

// fill puts the samples in, and lists their ecosystems without releases.
func fill(feeds *simulator.Server, dir string) ([]string, error) {
	var ecosystems []string
	files, err := filepath.Glob(filepath.Join(dir, "osv", "*.json"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var record struct {
			ID       string
			Affected []struct{ Package struct{ Ecosystem string } }
		}
		if err := json.Unmarshal(text, &record); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, a := range record.Affected {
			if name, _, _ := strings.Cut(a.Package.Ecosystem, ":"); name != "" && !slices.Contains(ecosystems, name) {
				ecosystems = append(ecosystems, name)
			}
		}
		if err := feeds.Put("osv", record.ID, text); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	slices.Sort(ecosystems)
	return ecosystems, fillKEV(feeds, filepath.Join(dir, "kev.json"))
}

func fillKEV(feeds *simulator.Server, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var catalogue struct{ Vulnerabilities []json.RawMessage }
	if err := json.Unmarshal(text, &catalogue); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for _, entry := range catalogue.Vulnerabilities {
		var id struct {
			CVE string `json:"cveID"`
		}
		if err := json.Unmarshal(entry, &id); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := feeds.Put("kev", id.CVE, entry); err != nil {
			return fmt.Errorf("%s: %s: %w", file, id.CVE, err)
		}
	}
	return nil
}
