package wire

import (
	"encoding/hex"
	"fmt"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
	"github.com/threatwerk/threatwerk/internal/sbom"
)

// Location is the address of a thing that was made.
func Location(resource string, id int64) string { return fmt.Sprintf("/api/v1/%s/%d", resource, id) }

// Faults shapes faults; never null.
func Faults(faults []problem.Fault) []Fault {
	return Slice(faults, func(f problem.Fault) Fault { return Fault(f) })
}

// ComponentOf shapes a component of the inventory.
func ComponentOf(c sbom.ComponentBrief) Component {
	return Component{ID: c.ID, Name: c.Name, Version: c.Version, PURL: c.PURL, Ecosystem: c.Ecosystem}
}

// ReleaseRefOf shapes the name of a release.
func ReleaseRefOf(r sbom.ReleaseRef) ReleaseRef {
	return ReleaseRef{ReleaseID: r.ReleaseID, ProductID: r.ProductID, ProductName: r.Product, Version: r.Version}
}

// SBOMOf shapes a stored document.
func SBOMOf(d sbom.Stored) SBOM {
	return SBOM{
		ID: d.ID, ReleaseID: d.ReleaseID, Format: d.Format, SpecVersion: d.SpecVersion, Encoding: d.Encoding,
		SHA256: hex.EncodeToString(d.SHA256), SizeBytes: d.Size, FileName: d.FileName,
		SubjectName: d.SubjectName, SubjectVersion: d.SubjectVersion, Tools: Strings(d.Tools), DocumentCreatedAt: d.DocumentAt,
		Status: d.Status, StatusMessage: d.StatusMessage, ProgressDone: d.Done, ProgressTotal: d.Total,
		ComponentCount: d.Components, OccurrenceCount: d.Occurrences, EdgeCount: d.Edges,
		Warnings: Faults(d.Warnings), WarningCount: d.WarningCount, UploadedAt: d.UploadedAt, MatchedAt: d.MatchedAt,
		Current: d.Current,
	}
}
