// Package demo puts the sample portfolio into a running ThreatWerk, through the same HTTP API that people use.
package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"
)

// Options says where the server listens and where this folder lies.
type Options struct {
	BaseURL string // "http://127.0.0.1:8080"
	Token   string // API token of someone who may make products
	Dir     string // the repository's localdev/demo
	Out     io.Writer
}

type sample struct{ file, product, release, exposure, criticality, description string }

var samples = []sample{
	{"orders-service-2.4.0.cdx.json", "Orders service", "2.4.0", "open", "high", "Java service that takes orders (sample)"},
	{"storefront-web-5.1.0.cdx.json", "Storefront web", "5.1.0", "open", "medium", "Node application behind the shop (sample)"},
	{"edge-proxy-1.8.0.spdx.json", "Edge proxy", "1.8.0", "controlled", "medium", "Debian-based container image (sample)"},
}

// IntelArgs are the arguments of `threatwerk import` that load the bundle of this folder.
func IntelArgs(dir string) []string {
	return []string{
		"import", "--osv", filepath.Join(dir, "intel", "osv"),
		"--kev", filepath.Join(dir, "intel", "kev.json"), "--epss", filepath.Join(dir, "intel", "epss.csv"),
	}
}

// Load uploads the samples unless the portfolio already holds a product, and waits until each is matched.
// It reports whether it loaded anything.
func Load(ctx context.Context, o Options) (bool, error) {
	var products struct {
		Items []json.RawMessage `json:"items"`
	}
	if err := o.call(ctx, http.MethodGet, "/api/v1/products?limit=1", nil, &products); err != nil {
		return false, err
	}
	if len(products.Items) > 0 {
		return false, nil
	}
	for _, s := range samples {
		if err := o.upload(ctx, s); err != nil {
			return false, fmt.Errorf("load sample %s: %w", s.file, err)
		}
	}
	return true, nil
}

func (o Options) upload(ctx context.Context, s sample) error {
	document, err := os.ReadFile(filepath.Join(o.Dir, "sboms", s.file))
	if err != nil {
		return err
	}
	q := url.Values{"product": {s.product}, "release": {s.release}, "file_name": {s.file}}
	var stored struct {
		SBOM struct {
			ID        int64 `json:"id"`
			ReleaseID int64 `json:"release_id"`
		} `json:"sbom"`
	}
	if err := o.call(ctx, http.MethodPost, "/api/v1/sboms?"+q.Encode(), document, &stored); err != nil {
		return err
	}
	if err := o.describe(ctx, stored.SBOM.ReleaseID, s); err != nil {
		return err
	}
	return o.awaitMatched(ctx, stored.SBOM.ID)
}

// describe says of the sample's product what an upload cannot.
func (o Options) describe(ctx context.Context, releaseID int64, s sample) error {
	var release struct {
		ProductID int64 `json:"product_id"`
	}
	if err := o.call(ctx, http.MethodGet, fmt.Sprintf("/api/v1/releases/%d", releaseID), nil, &release); err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{"description": s.description, "exposure": s.exposure, "criticality": s.criticality})
	if err != nil {
		return err
	}
	return o.call(ctx, http.MethodPatch, fmt.Sprintf("/api/v1/products/%d", release.ProductID), body, &struct{}{})
}

// awaitMatched polls the document's status; the context bounds it.
func (o Options) awaitMatched(ctx context.Context, id int64) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		var s struct {
			Status  string `json:"status"`
			Message string `json:"status_message"`
		}
		if err := o.call(ctx, http.MethodGet, fmt.Sprintf("/api/v1/sboms/%d", id), nil, &s); err != nil {
			return err
		}
		switch s.Status {
		case "matched":
			return nil
		case "failed":
			return fmt.Errorf("matching failed: %s", s.Message)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("document %d is still %q: %w", id, s.Status, ctx.Err())
		case <-tick.C:
		}
	}
}

// PrintWorst writes the five worst open findings of the portfolio as a table.
func PrintWorst(ctx context.Context, o Options) error {
	var page struct {
		Items []struct {
			Product   string `json:"product_name"`
			Release   string `json:"release_version"`
			Component struct {
				Name    string `json:"name"`
				Version string `json:"version"`
			} `json:"component"`
			Vulnerability struct {
				Name string `json:"name"`
			} `json:"vulnerability"`
			Severity string   `json:"severity"`
			Score    *float64 `json:"score"`
			KEV      bool     `json:"kev"`
			EPSS     *float64 `json:"epss"`
			Fixed    string   `json:"fixed_version"`
		} `json:"items"`
	}
	if err := o.call(ctx, http.MethodGet, "/api/v1/findings?sort=-score&limit=5", nil, &page); err != nil {
		return err
	}
	w := tabwriter.NewWriter(o.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "SEVERITY\tVULNERABILITY\tCOMPONENT\tUPGRADE TO\tEXPLOITED\tEPSS\tRELEASE")
	for _, f := range page.Items {
		severity, exploited, likelihood, fixed := f.Severity, "", "", f.Fixed
		if f.Score != nil {
			severity = fmt.Sprintf("%s %.1f", f.Severity, *f.Score)
		}
		if f.KEV {
			exploited = "yes (KEV)"
		}
		if f.EPSS != nil {
			likelihood = fmt.Sprintf("%.1f %%", *f.EPSS*100)
		}
		if fixed == "" {
			fixed = "no fix known"
		}
		fmt.Fprintf(w, "%s\t%s\t%s %s\t%s\t%s\t%s\t%s %s\n", severity, f.Vulnerability.Name, f.Component.Name,
			f.Component.Version, fixed, exploited, likelihood, f.Product, f.Release)
	}
	return w.Flush()
}

func (o Options) call(ctx context.Context, method, path string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, o.BaseURL+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+o.Token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 8<<20))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s answered %s: %s", method, path, res.Status, bytes.TrimSpace(answer))
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s %s: read the answer: %w", method, path, err)
	}
	return nil
}
