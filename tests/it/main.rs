mod detect;
mod detect_oracle;
