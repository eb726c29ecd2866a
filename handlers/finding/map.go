package finding

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/threatwerk/threatwerk/handlers/wire"
	"github.com/threatwerk/threatwerk/internal/finding"
)

func shape(f finding.Finding) Finding {
	out := Finding{
		ID: f.ID, ProductID: f.ProductID, ProductName: f.ProductName, ReleaseID: f.ReleaseID, ReleaseVersion: f.ReleaseVersion,
		Component:     wire.Component{ID: f.ComponentID, Name: f.ComponentName, Version: f.ComponentVersion, PURL: f.ComponentPURL, Ecosystem: f.Ecosystem},
		Vulnerability: Vulnerability{Name: f.Vulnerability, Kind: f.Kind, Summary: f.Summary},
		Severity:      f.Severity, Score: f.Score, EPSS: wire.Likelihood(f.EPSS), EPSSPercentile: wire.Likelihood(f.EPSSPercentile), KEV: f.KEV,
		State: f.State, VEX: f.Status, Review: wire.Strings(f.Review), Resolution: f.Resolution, FixedVersion: f.FixedVersion, FirstSeen: f.FirstSeen, ResolvedAt: f.ResolvedAt,
		Depth: f.Depth,
	}
	if f.KEVDue != nil {
		out.KEVDue = f.KEVDue.Format(time.DateOnly)
	}
	if f.Depth != nil {
		direct := *f.Depth == 1
		out.Direct = &direct
	}
	return out
}

// shapeDetail fails only on stored JSON that is not what the store itself wrote.
func shapeDetail(d finding.Detail) (FindingDetail, error) {
	out := FindingDetail{
		Finding: shape(d.Finding), CVSSVector: d.CVSSVector, SeveritySource: d.SeveritySource,
		ComponentUpgrade: d.ComponentUpgrade, Aliases: wire.Strings(d.Aliases), Details: d.Details, CWEs: wire.Strings(d.CWEs),
		Paths: [][]PathStep{}, References: []wire.Reference{},
		Statements: make([]Statement, len(d.Statements)), Events: make([]Event, len(d.Events)),
		OtherReleases: wire.Slice(d.OtherReleases, func(o finding.OtherRelease) OtherRelease {
			return OtherRelease{FindingID: o.FindingID, ReleaseID: o.ReleaseID, ProductName: o.Product, Version: o.Version}
		}),
	}
	if len(d.Path) > 0 {
		out.Paths = append(out.Paths, wire.Slice(d.Path, func(s finding.PathStep) PathStep { return PathStep(s) }))
	}
	if err := stored(d.References, &out.References); err != nil {
		return out, err
	}
	for i, s := range d.Statements {
		out.Statements[i] = Statement{
			Advisory: s.Advisory, Source: s.Source, Feed: s.Feed, Feeds: wire.Strings(s.Feeds), URL: s.URL, Summary: s.Summary, Confidence: s.Confidence,
			Reason: s.Reason, FixedVersion: s.FixedVersion, Withdrawn: s.Withdrawn, Published: s.Published, Modified: s.Modified,
			References: []wire.Reference{}, Vectors: []wire.Vector{},
		}
		to := &out.Statements[i]
		if err := stored(s.Evidence, &to.Evidence); err != nil {
			return out, err
		}
		if err := stored(s.References, &to.References); err != nil {
			return out, err
		}
		if err := stored(s.Vectors, &to.Vectors); err != nil {
			return out, err
		}
	}
	for i, e := range d.Events {
		out.Events[i] = Event{At: e.At, Kind: e.Kind, Detail: map[string]any{}}
		if err := stored(e.Detail, &out.Events[i].Detail); err != nil {
			return out, err
		}
	}
	return out, nil
}

func stored(raw json.RawMessage, to any) error {
	if len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, to); err != nil {
		return fmt.Errorf("read a finding's stored %T: %w", to, err)
	}
	return nil
}
