with told as (

    -- Sessions know their number, and few rows have all that occurs.
    select
        origin_number,
        {{ origin('session') }}
    from ({{ one_row_of_each(ref('int_sessions'), 'origin_number') }}) as sessions
    union all
    select
        {{ origin_number('email') }} as origin_number,
        {{ origin('email') }}
    from {{ ref('int_email_touches') }}
    union all
    select
        {{ origin_number('first_party') }} as origin_number,
        {{ origin('first_party') }}
    from {{ ref('int_first_party_touches') }}

)

select distinct
    origin_number,
    {{ origin_columns() | join(', ') }}
from told
