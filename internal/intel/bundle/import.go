package bundle

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

var feedPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

func isFeed(name string) bool { return feedPattern.MatchString(name) }

// Known is the check of the sections that this version stores, for Verify. Lines must come in the order of their ids, each
// once: the export writes them so, and it shows what was put together by other means.
func Known(s Section) (Check, bool) {
	last := ""
	ascending := func(id string, err error) error {
		if err == nil && id <= last {
			err = fmt.Errorf("%q comes after %q, and records are in the order of their ids", id, last)
		}
		last = id
		return err
	}
	switch {
	case s.Name == sectionKEV && s.Feed == sectionKEV:
		return func(line []byte) error { e, err := readKEV(line); return ascending(e.CVE, err) }, true
	case s.Name == sectionEPSS && s.Feed == sectionEPSS && (len(s.Meta) == 0 || json.Unmarshal(s.Meta, &epssMeta{}) == nil):
		return func(line []byte) error { e, err := readEPSS(line); return ascending(e.CVE, err) }, true
	case s.Name == sectionAdvisories && isFeed(s.Feed) && s.Feed != sectionKEV && s.Feed != sectionEPSS:
		return func(line []byte) error { a, err := readAdvisory(line, s.Feed); return ascending(a.ID, err) }, true
	case s.Name == sectionSSVC && isFeed(s.Feed):
		return func(line []byte) error { d, err := readSSVC(line); return ascending(d.CVE, err) }, true
	case s.Name == sectionReports && isFeed(s.Feed) && (len(s.Meta) == 0 || json.Unmarshal(s.Meta, &reportsMeta{}) == nil):
		return func(line []byte) error { r, err := readReport(line); return ascending(r.ID, err) }, true
	case s.Name == sectionCursors:
		return func(line []byte) error { c, err := readCursor(line); return ascending(c.Feed, err) }, true
	}
	return nil, false
}

// ImportOptions say how a bundle is taken.
type ImportOptions struct {
	// RefuseOlder refuses a bundle of which any feed is older than what is held. Otherwise such a feed takes nothing back
	// and withdraws nothing: it can only add.
	RefuseOlder bool
	// AcceptWithdrawals says that a person looked: a bundle may withdraw more than a tenth of a feed's records.
	AcceptWithdrawals bool
	// Progress is told after each batch, Done after each feed, Warn of what a person should know; each may be nil.
	Progress func(feed string, of int64, p intel.Progress)
	Done     func(r intel.RunResult)
	Warn     func(words string)
}

// Import verifies the whole bundle and then stores it, feed by feed, as a poll or an import of files would: with run records
// (trigger "bundle"), alias groups and matching. It may end at any moment, and importing again leaves what an undisturbed
// import would have.
func Import(ctx context.Context, store *intel.Store, b *Bundle, o ImportOptions) error {
	if err := b.Verify(ctx, Known); err != nil {
		return err
	}
	held, err := store.Standings(ctx)
	if err != nil {
		return err
	}
	threats, err := store.ThreatStanding(ctx)
	if err != nil {
		return err
	}
	i := importer{store: store, options: o, older: map[string]bool{}, stored: map[string]bool{}}
	if err := i.compare(b.Manifest(), held, threats); err != nil {
		return err
	}
	for section, err := range b.Sections(ctx) {
		if err != nil {
			return err
		}
		if err := i.section(ctx, section); err != nil {
			return err
		}
	}
	return i.takeCursors(ctx)
}

type importer struct {
	store   *intel.Store
	options ImportOptions
	older   map[string]bool // sections, by title, that know less than is held
	stored  map[string]bool // feeds of which everything was stored
	cursors []intel.Cursor
}

func (i *importer) warn(format string, args ...any) {
	if i.options.Warn != nil {
		i.options.Warn(fmt.Sprintf(format, args...))
	}
}

// compare finds the sections of which newer records are held than the bundle has.
func (i *importer) compare(m Manifest, held map[string]intel.Standing, threats intel.ThreatStanding) error {
	for _, s := range m.Sections {
		have := held[s.Feed]
		switch s.Name {
		case sectionReports:
			have = threats.Reports[s.Feed].Standing
		case sectionSSVC:
			have = threats.SSVC
		}
		if _, known := Known(s.Section); !known {
			i.warn("%s is passed over: this version does not know it", s.Title())
			continue
		}
		if s.Feed == "" || s.Newest.IsZero() || !have.Newest.After(s.Newest) {
			continue
		}
		words := fmt.Sprintf("%s ends with %s, and what is held here is as new as %s", s.Title(), day(s.Newest), day(have.Newest))
		if i.options.RefuseOlder {
			return problem.New(problem.Conflict, "the bundle is older than what is held: %s; nothing was stored", words)
		}
		i.older[s.Title()] = true
		i.warn("%s: nothing newer is taken back and nothing is withdrawn for it", words)
	}
	return nil
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func (i *importer) section(ctx context.Context, s *SectionReader) error {
	var result intel.RunResult
	var err error
	switch s.Name {
	case sectionKEV:
		result, err = i.kev(ctx, s)
	case sectionEPSS:
		result, err = i.epss(ctx, s)
	case sectionAdvisories:
		result, err = i.advisories(ctx, s)
	case sectionSSVC:
		result, err = i.ssvc(ctx, s)
	case sectionReports:
		result, err = i.reports(ctx, s)
	case sectionCursors:
		for line, err := range s.Lines() {
			if err != nil {
				return err
			}
			c, err := readCursor(line)
			if err != nil {
				return err
			}
			i.cursors = append(i.cursors, c)
		}
		return nil
	default:
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.Title(), err)
	}
	// A cursor stands for everything before it, so a feed of which a record was refused keeps the one it has.
	before, met := i.stored[s.Feed]
	i.stored[s.Feed] = (before || !met) && !i.older[s.Title()] && result.Refused == 0
	if result.RunID != 0 && i.options.Done != nil {
		i.options.Done(result)
	}
	return nil
}

func (i *importer) takeCursors(ctx context.Context) error {
	var take []intel.Cursor
	for _, c := range i.cursors {
		if i.stored[c.Feed] {
			take = append(take, c)
		}
	}
	if len(take) == 0 {
		return nil
	}
	return i.store.TakeCursors(ctx, take)
}
