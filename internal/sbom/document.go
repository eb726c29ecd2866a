package sbom

import (
	"time"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// Format is the family of a document.
type Format string

// The formats that Read detects.
const (
	CycloneDX Format = "cyclonedx"
	SPDX      Format = "spdx"
)

// Document is an SBOM as read: a pure function of its bytes.
type Document struct {
	Format      Format
	SpecVersion string // "1.5", "2.3"
	Encoding    string // "json", "xml", "tag-value", ...

	SerialNumber   string // CycloneDX serialNumber or SPDX documentNamespace
	SubjectName    string // metadata.component, or the package that the SPDX document describes
	SubjectVersion string
	SubjectPURL    string   // as written, often empty
	SubjectRef     string   // bom-ref of the subject (CycloneDX)
	Tools          []string // "syft 1.4.1"
	Created        time.Time

	// Components in document order; an index is the component's ordinal. The subject itself is not listed.
	Components []Component
	// Edges of the dependency graph between ordinals; Root (-1) stands for the subject.
	Edges []Edge

	// External are relationships whose other end is in another document; they are kept unresolved.
	External []ExternalEdge
	// Services are what the subject calls (CycloneDX); they are not components and are not matched.
	Services []Service
	// Statements are the vulnerabilities that the document itself speaks of (CycloneDX), for decisions; no findings.
	Statements []Statement

	// Warnings is what was wrong and could be lived with, at most Limits.MaxWarnings; WarningCount counts all.
	Warnings     []problem.Fault
	WarningCount int
}

// Root is the ordinal that stands for the subject in Edge.From and Component.Parent.
const Root = -1

// Component is one occurrence of a package in a document.
type Component struct {
	Ref     string // bom-ref or SPDXID
	Path    string // JSON pointer or line, for messages
	Parent  int    // ordinal of the component it is nested in, or Root
	Type    string // library, application, operating-system, file ...
	Group   string
	Name    string
	Version string
	PURL    string // as written
	CPEs    []string
	// Supplier, Hashes ("SHA-256:ab12...") and Properties are kept for quality and search.
	Supplier string
	Hashes   []string
	// Traces are fingerprints of where the component comes from: addresses and their hosts, and hashes beside Hashes.
	Traces   []Trace
	Scope    string // required, optional, excluded
	Licenses []string
	// Depth is the shortest distance from the subject in the graph: 1 is direct; 0: not connected, or no graph.
	Depth    int
	Identity ident.Identity
}

// Edge says that From depends on To.
type Edge struct{ From, To int }

// ExternalEdge says that From depends on something in another document: To is "DocumentRef-x:SPDXRef-y" or a BOM-Link.
type ExternalEdge struct {
	From int
	To   string
}

// Service is a CycloneDX service.
type Service struct {
	Ref, Group, Name, Version, Provider string
	Endpoints                           []string
}

// Statement is what a document says of one vulnerability, in the words of CycloneDX.
type Statement struct {
	Path          string
	ID            string // as written, "CVE-..."
	Source        string
	State         string // exploitable, not_affected, ...; empty without analysis
	Justification string
	Responses     []string
	Detail        string
	Affects       []string // references of components
}
