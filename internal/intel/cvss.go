package intel

import (
	"fmt"
	"strings"

	cvss2 "github.com/pandatix/go-cvss/20"
	cvss30 "github.com/pandatix/go-cvss/30"
	cvss31 "github.com/pandatix/go-cvss/31"
	cvss4 "github.com/pandatix/go-cvss/40"
)

// The severity types of the OSV schema ("severity[].type").
const (
	TypeCVSS2  = "CVSS_V2"
	TypeCVSS3  = "CVSS_V3"
	TypeCVSS4  = "CVSS_V4"
	TypeUbuntu = "Ubuntu"
	// TypeSSVC is not of the schema: CISA's decision points, as NVD passes them on ("SSVCv2/E:A/A:Y/T:T").
	TypeSSVC = "SSVC"
)

// The severities, as the vulnerabilities table knows them.
const (
	SeverityCritical = "critical"
	SeverityHigh     = "high"
	SeverityMedium   = "medium"
	SeverityLow      = "low"
	SeverityNone     = "none"
	SeverityUnknown  = "unknown"
)

// VectorType names the CVSS generation of a vector by its own prefix: TypeCVSS4, TypeCVSS3, TypeCVSS2, or empty when it
// is no CVSS vector. Feeds mislabel vectors; the prefix never lies.
func VectorType(vector string) string {
	switch {
	case strings.HasPrefix(vector, "CVSS:4."):
		return TypeCVSS4
	case strings.HasPrefix(vector, "CVSS:3."):
		return TypeCVSS3
	case strings.HasPrefix(strings.TrimPrefix(vector, "("), "AV:"):
		return TypeCVSS2
	}
	return ""
}

// Score computes what a CVSS vector says: its version ("2.0", "3.0", "3.1", "4.0"), the base score (CVSS 4.0: the one
// score there is, with threat and environment where the vector has them) and the severity by the specification's
// rating scale; for 2.0, which has none, by NVD's (low < 4, medium < 7, high).
func Score(vector string) (version string, score float64, severity string, err error) {
	switch VectorType(vector) {
	case TypeCVSS4:
		v, err := cvss4.ParseVector(vector)
		if err != nil {
			return "", 0, "", fmt.Errorf("CVSS 4.0 vector %.200q: %w", vector, err)
		}
		return "4.0", v.Score(), Rate(v.Score()), nil
	case TypeCVSS3:
		if strings.HasPrefix(vector, "CVSS:3.0/") {
			v, err := cvss30.ParseVector(vector)
			if err != nil {
				return "", 0, "", fmt.Errorf("CVSS 3.0 vector %.200q: %w", vector, err)
			}
			return "3.0", v.BaseScore(), Rate(v.BaseScore()), nil
		}
		v, err := cvss31.ParseVector(vector)
		if err != nil {
			return "", 0, "", fmt.Errorf("CVSS 3.1 vector %.200q: %w", vector, err)
		}
		return "3.1", v.BaseScore(), Rate(v.BaseScore()), nil
	case TypeCVSS2:
		// Old feeds put the vector in parentheses, as the CVSS 2.0 guide prints it.
		v, err := cvss2.ParseVector(strings.TrimSuffix(strings.TrimPrefix(vector, "("), ")"))
		if err != nil {
			return "", 0, "", fmt.Errorf("CVSS 2.0 vector %.200q: %w", vector, err)
		}
		return "2.0", v.BaseScore(), rate2(v.BaseScore()), nil
	}
	return "", 0, "", fmt.Errorf("%.200q is no CVSS vector", vector)
}

// Rate is the qualitative scale of CVSS 3.x and 4.0 (section 5 and section 6 of the specifications).
func Rate(score float64) string {
	switch {
	case score >= 9:
		return SeverityCritical
	case score >= 7:
		return SeverityHigh
	case score >= 4:
		return SeverityMedium
	case score > 0:
		return SeverityLow
	}
	return SeverityNone
}

func rate2(score float64) string {
	switch {
	case score >= 7:
		return SeverityHigh
	case score >= 4:
		return SeverityMedium
	}
	return SeverityLow
}

// FoldLabel brings a feed's own word for a severity to ours; SeverityUnknown when it says nothing.
func FoldLabel(label string) string {
	switch strings.ToLower(strings.TrimSpace(label)) {
	case "critical":
		return SeverityCritical
	case "high", "important":
		return SeverityHigh
	case "medium", "moderate":
		return SeverityMedium
	case "low", "minor", "negligible", "unimportant":
		return SeverityLow
	case "none":
		return SeverityNone
	}
	return SeverityUnknown
}
