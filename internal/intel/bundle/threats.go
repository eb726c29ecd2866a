package bundle

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
)

// feedSSVC is the feed that brings decision points: their table does not name it.
const feedSSVC = "cve"

func (x exporter) ssvc(ctx context.Context) error {
	of := x.threats.SSVC.Records
	if of == 0 {
		return nil
	}
	section := Section{Name: sectionSSVC, Feed: feedSSVC}
	if err := x.to.Begin(section); err != nil {
		return err
	}
	n := int64(0)
	for d, err := range x.from.SSVC(ctx) {
		if err != nil {
			return err
		}
		if err := x.to.Add(decision(d), d.Decided); err != nil {
			return fmt.Errorf("%s: %w", d.CVE, err)
		}
		n++
		x.report(section.Title(), n, of)
	}
	return nil
}

func (x exporter) reports(ctx context.Context, feed string) error {
	held := x.threats.Reports[feed]
	meta, err := json.Marshal(reportsMeta{Headers: held.Headers})
	if err != nil {
		return fmt.Errorf("encode how many reports are headers: %w", err)
	}
	section := Section{Name: sectionReports, Feed: feed, Meta: meta}
	if err := x.to.Begin(section); err != nil {
		return err
	}
	n := int64(0)
	for r, err := range x.from.Reports(ctx, feed) {
		if err != nil {
			return err
		}
		record, err := fromReport(r)
		if err != nil {
			return fmt.Errorf("%s: %w", r.ID, err)
		}
		if err := x.to.Add(record, r.Modified); err != nil {
			return fmt.Errorf("%s: %w", r.ID, err)
		}
		n++
		x.report(section.Title(), n, held.Records)
	}
	return nil
}

const (
	// stepDecisions, stepReports and stepGone bound a step, beside stepBytes.
	stepDecisions = 5000
	stepReports   = 200
	stepGone      = 500
)

// ssvc stores decision points. Of two on one CVE the later stands, so that an older bundle takes nothing back.
func (i *importer) ssvc(ctx context.Context, s *SectionReader) (intel.RunResult, error) {
	return i.run(ctx, s, func(_ *intel.Poll, store func(intel.Step) error) error {
		var list []intel.SSVC
		done := int64(0)
		flush := func() error {
			if len(list) == 0 {
				return nil
			}
			done += int64(len(list))
			err := store(intel.Step{Assessments: list, Done: done, Total: s.Records})
			list = list[:0]
			return err
		}
		for line, err := range s.Lines() {
			if err != nil {
				return err
			}
			d, err := readSSVC(line)
			if err != nil {
				return err
			}
			if list = append(list, d); len(list) < stepDecisions {
				continue
			}
			if err := flush(); err != nil {
				return err
			}
		}
		return flush()
	})
}

// reports stores a feed's threat reports, and drops those that the bundle no longer holds. An older bundle drops nothing.
func (i *importer) reports(ctx context.Context, s *SectionReader) (intel.RunResult, error) {
	return i.run(ctx, s, func(p *intel.Poll, store func(intel.Step) error) error {
		var list []intel.IncomingReport
		ids := make([]string, 0, s.Records)
		size := 0
		flush := func() error {
			if len(list) == 0 {
				return nil
			}
			err := store(intel.Step{Reports: list, Done: int64(len(ids)), Total: s.Records})
			list, size = nil, 0
			return err
		}
		for line, err := range s.Lines() {
			if err != nil {
				return err
			}
			r, err := readReport(line)
			if err != nil {
				return err
			}
			ids = append(ids, r.ID)
			list, size = append(list, intel.IncomingReport{Path: r.ID, Report: r}), size+len(line)
			if len(list) < stepReports && size < stepBytes {
				continue
			}
			if err := flush(); err != nil {
				return err
			}
		}
		if err := flush(); err != nil || i.older[s.Title()] {
			return err
		}
		gone, err := i.store.MissingReports(ctx, p, ids)
		if err != nil {
			return err
		}
		for part := range slices.Chunk(gone, stepGone) {
			if err := store(intel.Step{GoneReports: part, Done: s.Records, Total: s.Records}); err != nil {
				return err
			}
		}
		return nil
	})
}

// decision is intel.SSVC on its way.
type decision struct {
	CVE             string    `json:"cve"`
	Exploitation    string    `json:"exploitation,omitempty"`
	Automatable     string    `json:"automatable,omitempty"`
	TechnicalImpact string    `json:"technical_impact,omitempty"`
	Decided         time.Time `json:"decided,omitzero"`
}

func readSSVC(line []byte) (intel.SSVC, error) {
	var w decision
	if err := json.Unmarshal(line, &w); err != nil {
		return intel.SSVC{}, err
	}
	if !intel.IsCVE(w.CVE) || w.Exploitation+w.Automatable+w.TechnicalImpact == "" {
		return intel.SSVC{}, fmt.Errorf("%q is no CVE of which something was decided", w.CVE)
	}
	return intel.SSVC(w), nil
}

// reportsMeta is what the reports' section says beside them.
type reportsMeta struct {
	// Headers is how many of the reports come without their indicators.
	Headers int64 `json:"headers"`
}

// Headers is how many records of a section come without what is listed in them in full: reports that are kept as headers.
func (s Section) Headers() int64 {
	var meta reportsMeta
	if s.Name != sectionReports || json.Unmarshal(s.Meta, &meta) != nil {
		return 0
	}
	return meta.Headers
}

// report is intel.Report on its way. The feed is the section's.
type report struct {
	ID              string      `json:"id"`
	Name            string      `json:"name"`
	Description     string      `json:"description,omitempty"`
	Author          string      `json:"author,omitempty"`
	Adversary       string      `json:"adversary,omitempty"`
	TLP             string      `json:"tlp,omitempty"`
	Tags            []string    `json:"tags,omitempty"`
	MalwareFamilies []string    `json:"malware_families,omitempty"`
	AttackIDs       []string    `json:"attack_ids,omitempty"`
	Industries      []string    `json:"industries,omitempty"`
	Countries       []string    `json:"countries,omitempty"`
	References      []string    `json:"references,omitempty"`
	Created         time.Time   `json:"created,omitzero"`
	Modified        time.Time   `json:"modified,omitzero"`
	CVEs            []string    `json:"cves,omitempty"`
	Indicators      []indicator `json:"indicators,omitempty"`
	Partial         bool        `json:"partial,omitempty"`
	Header          *header     `json:"header,omitempty"`
}

// header is intel.ReportHeader on its way.
type header struct {
	Counts map[string]int `json:"counts,omitempty"`
	Traces []int64        `json:"traces,omitempty"`
}

// indicator is intel.Indicator on its way.
type indicator struct {
	Type     string    `json:"type"`
	Value    string    `json:"value"`
	Role     string    `json:"role,omitempty"`
	Expires  time.Time `json:"expires,omitzero"`
	Inactive bool      `json:"inactive,omitempty"`
}

// What a report on its way may be at most, so that no stranger's report keeps a bundle from being written or read: its lists
// of words, and all of it. Beyond it the report is a partial one.
const (
	reportWords = 4 << 20
	reportWhole = maxLine - 4<<20
	// techniqueLength is more than the id of a technique has ("T1566.001").
	techniqueLength = 20
)

func fromReport(r intel.Report) (report, error) {
	w := report{
		ID: r.ID, Name: r.Name, Description: r.Description, Author: r.Author, Adversary: r.Adversary, TLP: r.TLP, Tags: r.Tags,
		MalwareFamilies: r.MalwareFamilies, AttackIDs: r.AttackIDs, Industries: r.Industries, Countries: r.Countries,
		References: r.References, Created: r.Created, Modified: r.Modified, CVEs: r.CVEs, Partial: r.Partial,
	}
	if r.Header != nil {
		w.Header = &header{Counts: r.Header.Counts, Traces: r.Header.Traces}
	}
	whole, parts, err := weigh(w)
	if err != nil {
		return report{}, err
	}
	if whole > reportWords || parts > maxObjects/4 {
		w.Tags, w.MalwareFamilies, w.Industries, w.Countries, w.References = nil, nil, nil, nil, nil
		w.AttackIDs = slices.DeleteFunc(slices.Clone(w.AttackIDs), func(id string) bool { return len(id) > techniqueLength })
		w.Partial = true
		if whole, parts, err = weigh(w); err != nil {
			return report{}, err
		}
	}
	for _, i := range r.Indicators {
		one := indicator{Type: i.Type, Value: i.Value, Role: i.Role, Expires: i.Expires, Inactive: !i.Active}
		size, opened, err := weigh(one)
		if err != nil {
			return report{}, err
		}
		if whole, parts = whole+size+1, parts+opened; whole > reportWhole || parts > maxObjects/2 {
			w.Partial = true
			break
		}
		w.Indicators = append(w.Indicators, one)
	}
	return w, nil
}

// weigh says how long a value is in JSON, and how many parts a reader may take it to open.
func weigh(v any) (size, parts int, err error) {
	encoded, err := json.Marshal(v)
	if err != nil {
		return 0, 0, fmt.Errorf("encode a report: %w", err)
	}
	return len(encoded), bytes.Count(encoded, []byte("{")) + bytes.Count(encoded, []byte("[")), nil
}

func readReport(line []byte) (intel.Report, error) {
	var w report
	if err := json.Unmarshal(line, &w); err != nil {
		return intel.Report{}, err
	}
	switch {
	case w.ID == "":
		return intel.Report{}, fmt.Errorf("it has no id")
	case w.Name == "":
		return intel.Report{}, fmt.Errorf("%s has no name", w.ID)
	case w.Header != nil && len(w.Indicators) > 0:
		return intel.Report{}, fmt.Errorf("%s is a header and has indicators", w.ID)
	}
	r := intel.Report{
		ID: w.ID, Name: w.Name, Description: w.Description, Author: w.Author, Adversary: w.Adversary, TLP: w.TLP, Tags: w.Tags,
		MalwareFamilies: w.MalwareFamilies, AttackIDs: w.AttackIDs, Industries: w.Industries, Countries: w.Countries,
		References: w.References, Created: w.Created, Modified: w.Modified, CVEs: w.CVEs, Partial: w.Partial || w.Header != nil,
	}
	if w.Header != nil {
		r.Header = &intel.ReportHeader{Counts: w.Header.Counts, Traces: w.Header.Traces}
	}
	for _, i := range w.Indicators {
		r.Indicators = append(r.Indicators, intel.Indicator{Type: i.Type, Value: i.Value, Role: i.Role, Expires: i.Expires, Active: !i.Inactive})
	}
	return r, nil
}
