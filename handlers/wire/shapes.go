package wire

import "time"

// SeverityCounts counts open findings by severity. KEV counts those among Total that are known to be exploited.
type SeverityCounts struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Medium   int `json:"medium"`
	Low      int `json:"low"`
	None     int `json:"none" doc:"A score of 0."`
	Unknown  int `json:"unknown" doc:"No source gives a vector or a label."`
	KEV      int `json:"kev" doc:"Known to be exploited (CISA KEV), whatever the severity."`
	Total    int `json:"total"`
}

// Component names a component.
type Component struct {
	ID        int64  `json:"id" example:"17"`
	Name      string `json:"name" example:"org.apache.logging.log4j:log4j-core" doc:"As its ecosystem writes it."`
	Version   string `json:"version" example:"2.14.1"`
	PURL      string `json:"purl,omitempty" example:"pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1" doc:"Canonical package URL; absent where the document gives none."`
	Ecosystem string `json:"ecosystem" example:"Maven" doc:"OSV ecosystem; empty where unknown."`
}

// ReleaseRef names a release.
type ReleaseRef struct {
	ReleaseID   int64  `json:"release_id"`
	ProductID   int64  `json:"product_id"`
	ProductName string `json:"product_name"`
	Version     string `json:"version"`
}

// Evidence explains a match down to the comparison made.
type Evidence struct {
	Advisory  string `json:"advisory" example:"GHSA-jfh8-c2jp-5v3q"`
	Ecosystem string `json:"ecosystem" example:"Debian:12"`
	Package   string `json:"package" doc:"As the advisory writes it."`
	Version   string `json:"version" doc:"The component's version as compared."`
	Place     string `json:"place" example:"affected[0].ranges[1]" doc:"Place in the advisory."`
	Range     string `json:"range" example:">= 2.13.0, < 2.15.0"`
	Rule      string `json:"rule" example:"in_range" doc:"Stable word for the rule that decided."`
	Words     string `json:"words" doc:"The whole comparison as one sentence."`
}

// Fault is one thing wrong with one place of the input.
type Fault struct {
	Path    string `json:"path" example:"/components/3/purl" doc:"JSON pointer, 'line N', or a request field such as query.severity."`
	Code    string `json:"code" example:"bad_purl" doc:"Stable word for programs."`
	Message string `json:"message"`
}

// Reference is a link with its OSV type.
type Reference struct {
	Type string `json:"type" example:"FIX"`
	URL  string `json:"url"`
}

// Vector is a CVSS vector, under the type that its own prefix names.
type Vector struct {
	Type  string `json:"type" example:"CVSS_V3"`
	Score string `json:"score" example:"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"`
}

// SBOM is one document that was uploaded for a release.
type SBOM struct {
	ID                int64      `json:"id,omitempty" doc:"Absent in a preview."`
	ReleaseID         int64      `json:"release_id,omitempty" doc:"Absent in a preview."`
	Format            string     `json:"format" enum:"cyclonedx,spdx"`
	SpecVersion       string     `json:"spec_version" example:"1.5"`
	Encoding          string     `json:"encoding" example:"json"`
	SHA256            string     `json:"sha256" doc:"Of the bytes as sent, in hexadecimal digits."`
	SizeBytes         int64      `json:"size_bytes"`
	FileName          string     `json:"file_name"`
	SubjectName       string     `json:"subject_name" doc:"What the document says it describes."`
	SubjectVersion    string     `json:"subject_version"`
	Tools             []string   `json:"tools"`
	DocumentCreatedAt *time.Time `json:"document_created_at,omitempty"`
	Status            string     `json:"status" enum:"stored,matched,failed" doc:"stored: waiting for the matcher or being matched; matched: findings are up to date; failed: see status_message."`
	StatusMessage     string     `json:"status_message"`
	ProgressDone      int        `json:"progress_done" doc:"Components matched so far."`
	ProgressTotal     int        `json:"progress_total"`
	ComponentCount    int        `json:"component_count" doc:"Distinct components."`
	OccurrenceCount   int        `json:"occurrence_count"`
	EdgeCount         int        `json:"edge_count"`
	Warnings          []Fault    `json:"warnings" doc:"What was wrong with the document and could be lived with; bounded in number."`
	WarningCount      int        `json:"warning_count" doc:"All warnings."`
	UploadedAt        time.Time  `json:"uploaded_at"`
	MatchedAt         *time.Time `json:"matched_at,omitempty"`
	Current           bool       `json:"current" doc:"This is the document that the release's findings come from."`
}

// Job is a background job.
type Job struct {
	ID          int64      `json:"id"`
	Kind        string     `json:"kind" example:"match_sbom"`
	State       string     `json:"state" enum:"available,pending,running,retryable,scheduled,completed,discarded,cancelled"`
	Attempt     int        `json:"attempt"`
	CreatedAt   time.Time  `json:"created_at"`
	FinalizedAt *time.Time `json:"finalized_at,omitempty"`
	Error       string     `json:"error,omitempty" doc:"That the last attempt failed, in words for people; the log has the cause."`
}
