"""The paper's figures and findings, run again and judged claim by claim."""
