# A server that starts quickly: every log density is 1.
read -r hello
echo '{"protocol": 1}'
while read -r line; do
  id=${line#*: }
  echo "{\"id\": ${id%%,*}, \"log_density\": 1}"
done
