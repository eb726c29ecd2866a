package bundle

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// The sections.
const (
	sectionKEV        = "kev"
	sectionEPSS       = "epss"
	sectionAdvisories = "advisories"
	sectionCursors    = "cursors"
	sectionReports    = "reports"
	sectionSSVC       = "ssvc"
)

// ExportOptions say how a bundle is made.
type ExportOptions struct {
	Product string // version of the program
	Created time.Time
	// Key signs it; nil leaves it unsigned.
	Key ed25519.PrivateKey
	// Progress is told now and then; it may be nil.
	Progress func(section string, records, of int64)
}

// Export writes everything that the feeds hold to out, as of one moment. A database that holds nothing is an error (kind
// NotFound): a bundle of nothing is never what somebody wants.
func Export(ctx context.Context, store *intel.Store, out io.Writer, o ExportOptions) (Manifest, error) {
	var m Manifest
	err := store.Export(ctx, func(e *intel.Export) error {
		held, err := e.Standings(ctx)
		if err != nil {
			return err
		}
		threats, err := e.ThreatStanding(ctx)
		if err != nil {
			return err
		}
		if len(held)+len(threats.Reports) == 0 && threats.SSVC.Records == 0 {
			return problem.New(problem.NotFound, "there is nothing to export: no feed was polled or imported yet")
		}
		w, err := NewWriter(out, o.Product, o.Created)
		if err != nil {
			return err
		}
		x := exporter{from: e, held: held, threats: threats, to: w, progress: o.Progress}
		if err := x.sections(ctx); err != nil {
			return err
		}
		m, err = w.Close(o.Key)
		return err
	})
	return m, err
}

// exporter writes the sections in the order in which an import stores them: what is joined when read comes first.
type exporter struct {
	from     *intel.Export
	held     map[string]intel.Standing
	threats  intel.ThreatStanding
	to       *Writer
	progress func(string, int64, int64)
}

func (x exporter) sections(ctx context.Context) error {
	if err := x.kev(ctx); err != nil {
		return err
	}
	if err := x.epss(ctx); err != nil {
		return err
	}
	if err := x.ssvc(ctx); err != nil {
		return err
	}
	for _, feed := range slices.Sorted(maps.Keys(x.held)) {
		if feed == sectionKEV || feed == sectionEPSS {
			continue
		}
		if err := x.advisories(ctx, feed); err != nil {
			return err
		}
	}
	for _, feed := range slices.Sorted(maps.Keys(x.threats.Reports)) {
		if err := x.reports(ctx, feed); err != nil {
			return err
		}
	}
	return x.cursors(ctx)
}

// reportEvery is how many records pass between two words of progress.
const reportEvery = 1000

func (x exporter) report(title string, records, of int64) {
	if x.progress != nil && (records%reportEvery == 0 || records == of) {
		x.progress(title, records, of)
	}
}

func (x exporter) kev(ctx context.Context) error {
	if x.held[sectionKEV].Records == 0 {
		return nil
	}
	entries, err := x.from.KEV(ctx)
	if err != nil {
		return err
	}
	if err := x.to.Begin(Section{Name: sectionKEV, Feed: sectionKEV, Required: true}); err != nil {
		return err
	}
	for _, e := range entries {
		if err := x.to.Add(fromKEV(e), e.DateAdded); err != nil {
			return fmt.Errorf("%s: %w", e.CVE, err)
		}
	}
	x.report(sectionKEV, int64(len(entries)), int64(len(entries)))
	return nil
}

func (x exporter) epss(ctx context.Context) error {
	of := x.held[sectionEPSS].Records
	if of == 0 {
		return nil
	}
	header, err := x.from.EPSSHeader(ctx)
	if err != nil {
		return err
	}
	meta, err := json.Marshal(epssMeta(header))
	if err != nil {
		return fmt.Errorf("encode the day of the EPSS scores: %w", err)
	}
	if err := x.to.Begin(Section{Name: sectionEPSS, Feed: sectionEPSS, Required: true, Meta: meta}); err != nil {
		return err
	}
	day, n := header.Day(), int64(0)
	for score, err := range x.from.EPSS(ctx) {
		if err != nil {
			return err
		}
		if err := x.to.Add(epssScore{score.CVE, float32(score.Score), float32(score.Percentile)}, day); err != nil {
			return fmt.Errorf("%s: %w", score.CVE, err)
		}
		n++
		x.report(sectionEPSS, n, of)
	}
	return nil
}

func (x exporter) advisories(ctx context.Context, feed string) error {
	section := Section{Name: sectionAdvisories, Feed: feed, Required: true}
	if err := x.to.Begin(section); err != nil {
		return err
	}
	n := int64(0)
	for a, err := range x.from.Advisories(ctx, feed) {
		if err != nil {
			return err
		}
		if err := x.to.Add(fromAdvisory(a), a.Modified); err != nil {
			return fmt.Errorf("%s: %w", a.ID, err)
		}
		n++
		x.report(section.Title(), n, x.held[feed].Records)
	}
	return nil
}

func (x exporter) cursors(ctx context.Context) error {
	cursors, err := x.from.Cursors(ctx)
	if err != nil || len(cursors) == 0 {
		return err
	}
	if err := x.to.Begin(Section{Name: sectionCursors}); err != nil {
		return err
	}
	for _, c := range cursors {
		if err := x.to.Add(cursor(c), time.Time{}); err != nil {
			return fmt.Errorf("cursor of %s: %w", c.Feed, err)
		}
	}
	return nil
}
