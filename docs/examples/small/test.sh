# Replace this by what runs your tests.
for file in src/*; do sh -n "$file"; done
